import { connectRedis, redisKeys } from '@runnel/shared/redis';
import { freshRedisUrl } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { redisThreadOwners } from './redis-thread-owners.ts';
import { redisToldOnce } from './redis-told-once.ts';

const SESSION = 'T0LOCAL:C0GENERAL:1766458026.240809';

async function openRedis() {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  return redis;
}

test('a thread belongs to the first who claims it, whoever comes at the same time', async () => {
  const redis = await openRedis();
  const owners = redisThreadOwners(redis);
  expect(await owners.find(SESSION)).toBeUndefined();
  const answers = await Promise.all(['U0ADA', 'U0BEN', 'U0CLEO'].map((user) => owners.claim(SESSION, user)));
  expect(answers).toEqual(['U0ADA', 'U0ADA', 'U0ADA']);
  expect(await owners.find(SESSION)).toBe('U0ADA');
});

test('an owner is forgotten only after a long silence', async () => {
  const redis = await openRedis();
  const owners = redisThreadOwners(redis);
  await owners.claim(SESSION, 'U0ADA');
  const key = redisKeys.bound(SESSION);
  for (const touch of [() => owners.find(SESSION), () => owners.claim(SESSION, 'U0BEN')]) {
    await redis.expire(key, 10);
    await touch();
    expect(await redis.ttl(key)).toBeGreaterThan(89 * 24 * 3600);
  }
});

test('a Redis that refuses is an error, never an owner', async () => {
  const redis = await openRedis();
  await redis.lpush(redisKeys.bound(SESSION), 'x');
  await expect(redisThreadOwners(redis).claim(SESSION, 'U0ADA')).rejects.toThrow('WRONGTYPE');
});

test('what was told is told once to each person, and a refusal again the next day', async () => {
  const redis = await openRedis();
  const told = redisToldOnce(redis);
  expect(await told.isFirstInThread(SESSION, 'U0BEN')).toBe(true);
  expect(await told.isFirstInThread(SESSION, 'U0BEN')).toBe(false);
  expect(await told.isFirstInThread(SESSION, 'U0CLEO')).toBe(true);
  expect(await told.isFirstInDay('T0LOCAL:U0BEN', 'person')).toBe(true);
  expect(await told.isFirstInDay('T0LOCAL:U0BEN', 'person')).toBe(false);
  expect(await redis.ttl(redisKeys.refused('T0LOCAL:U0BEN', 'person'))).toBeLessThanOrEqual(24 * 3600);
});
