import type { SessionKey } from '@runnel/shared';
import { connectRedis, redisKeys } from '@runnel/shared/redis';
import { freshRedisUrl } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { redisThreadOwners } from '../redis-thread-owners.ts';
import { redisActiveThreads } from './redis-active-threads.ts';

const thread = (n: number): SessionKey => `T0LOCAL:D0ADA:17664580${n}.000100`;

async function open() {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  return { redis, owners: redisThreadOwners(redis), active: redisActiveThreads(redis) };
}

test('a thread is active when it is claimed or spoken in; chatter in threads of others is nothing', async () => {
  const { redis, owners, active } = await open();
  await owners.claim(thread(1), 'U0ADA');
  await owners.claim(thread(2), 'U0ADA');
  await owners.find(thread(3));
  // The clock that sorts them has no room for two in one millisecond.
  await redis.zadd(redisKeys.active, 1, thread(1));
  await redis.zadd(redisKeys.active, Date.now() - 1_000, thread(2));
  expect(await active.list()).toEqual([thread(2)]);
  expect(await owners.find(thread(1))).toBe('U0ADA');
  expect(await active.list()).toEqual([thread(1), thread(2)]);
});

test('only the latest are kept', async () => {
  const { redis, owners, active } = await open();
  const others = Array.from({ length: 250 }, (_, n) => [Date.now() - 1_000 - n, thread(n + 100)]);
  await redis.zadd(redisKeys.active, ...others.flat());
  await owners.claim(thread(1), 'U0ADA');
  const listed = await active.list();
  expect(listed).toHaveLength(200);
  expect(listed[0]).toBe(thread(1));
  expect(await redis.zcard(redisKeys.active)).toBe(200);
});
