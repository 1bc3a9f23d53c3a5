import { connectRedis, redisKeys } from '@runnel/shared/redis';
import { freshRedisUrl } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import type { PodDiagnostics } from './pod-diagnostics.ts';
import { redisEndedPods } from './redis-ended-pods.ts';

async function open() {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  return { redis, ended: redisEndedPods(redis) };
}

function diagnostics(own: Partial<PodDiagnostics>): PodDiagnostics {
  const pod = { user: 'T0:U0ADA', generation: '100', name: 'runner-1', uid: 'uid-1', createdAt: 100 } as const;
  return { ...pod, phase: 'failed', conditions: [], containers: [], events: [], ...own };
}

test('what is kept is found by everybody, for a quarter of an hour', async () => {
  const { redis, ended } = await open();
  expect(await ended.find('runner-1')).toBeUndefined();
  await ended.keep(diagnostics({}));
  expect(await redisEndedPods(redis).find('runner-1')).toEqual(diagnostics({}));
  const leftMs = await redis.pttl(redisKeys.endedPod('runner-1'));
  expect(leftMs).toBeGreaterThan(10 * 60_000);
  expect(leftMs).toBeLessThanOrEqual(15 * 60_000);
});

test('the newest pod of a name is kept, whoever is heard of last', async () => {
  const { ended } = await open();
  await ended.keep(diagnostics({}));
  await ended.keep(diagnostics({ uid: 'uid-2', createdAt: 200 }));
  await ended.keep(diagnostics({}));
  expect(await ended.find('runner-1')).toMatchObject({ uid: 'uid-2' });
});
