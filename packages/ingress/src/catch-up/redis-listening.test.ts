import { connectRedis, redisKeys } from '@runnel/shared/redis';
import { freshRedisUrl } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { redisListening } from './redis-listening.ts';

async function open() {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  /** Nobody has listened for so long. */
  const away = async (ms: number): Promise<number> => {
    const [seconds] = await redis.time();
    const last = Number(seconds) * 1_000 - ms;
    await redis.set(redisKeys.listening, last);
    return last;
  };
  return { redis, away, listening: redisListening(redis), other: redisListening(redis) };
}

test('who listens all the time has nothing to catch up, and nobody the first time', async () => {
  const { listening, other } = await open();
  expect(await listening.beat()).toBeUndefined();
  expect(await other.beat()).toBeUndefined();
  expect(await listening.beat()).toBeUndefined();
});

test('a gap is given to one of those who come back at the same time, from when somebody listened last', async () => {
  const { away, listening, other } = await open();
  const since = await away(60_000);
  const answers = await Promise.all([listening.beat(), other.beat()]);
  expect(answers.filter((gap) => gap !== undefined)).toMatchObject([{ since }]);
  expect([await listening.beat(), await other.beat()]).toEqual([undefined, undefined]);
});

test('a gap that is caught up is over', async () => {
  const { redis, away, listening, other } = await open();
  await away(60_000);
  const gap = await listening.beat();
  expect(gap).toBeDefined();
  if (gap !== undefined) await listening.close(gap);
  expect(await other.beat()).toBeUndefined();
  expect(await redis.exists(redisKeys.gaps, redisKeys.catchingUp)).toBe(0);
});

test('a gap that was given back is given to the next one, and one that was not, when its time is over', async () => {
  const { redis, away, listening, other } = await open();
  const since = await away(60_000);
  await listening.beat();
  await listening.giveBack();
  expect(await other.beat()).toMatchObject({ since });
  expect(await listening.beat()).toBeUndefined();
  expect(await redis.pttl(redisKeys.catchingUp)).toBeGreaterThan(300_000);
  await redis.del(redisKeys.catchingUp);
  expect(await listening.beat()).toMatchObject({ since });
});

test('a gap that comes while another is caught up is caught up, too, and together they begin with the first', async () => {
  const { away, listening } = await open();
  const first = await away(60_000);
  const gap = await listening.beat();
  const second = await away(20_000);
  expect(await listening.beat()).toBeUndefined();
  if (gap !== undefined) await listening.close(gap);
  const next = await listening.beat();
  expect(next).toMatchObject({ since: second });
  await listening.giveBack();
  await away(10_000);
  expect(await listening.beat()).toMatchObject({ since: second, marks: { length: 2 } });
  expect(first).toBeLessThan(second);
});
