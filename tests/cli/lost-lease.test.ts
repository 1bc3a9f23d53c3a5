// What a runner's renewal thread has to say last is in the trace: why its turn went no further.
import { redisKeys } from '@runnel/shared/redis';
import { expect, test } from 'vitest';
import { openRunnerStage } from '../runner/start-runner.ts';

test('a runner whose lease was taken says so before it ends, and nothing of its renewals before', async () => {
  const stage = await openRunnerStage();
  await stage.say('sleep 60');
  const runner = await stage.start();
  const trace = async (): Promise<string> =>
    (await stage.redis.xrange(redisKeys.trace(stage.user), '-', '+')).map(([, fields]) => fields.join()).join('\n');
  await stage.until(async () => expect(await trace()).toContain('"step":"run"'));
  await stage.redis.hset(redisKeys.lease(stage.user), 'owner', 'another');
  await runner.exited;
  // On a slow machine the main thread renews until this one is there, and both may say so.
  const renewals = (await trace()).match(/\{[^{}]*"step":"renew"[^{}]*/g) ?? [];
  expect(renewals).not.toEqual([]);
  expect(renewals.filter((renewal) => !renewal.includes('"outcome":"lost"'))).toEqual([]);
});
