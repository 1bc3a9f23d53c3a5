import { expect, onTestFinished, test } from 'vitest';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { describeKeptThreads } from '../testing/kept-threads.testsuite.ts';
import { connectRedis } from './connect-redis.ts';
import { redisKeptThreads } from './redis-kept-threads.ts';
import { redisKeys } from './redis-keys.ts';

async function open() {
  const redis = connectRedis(await freshRedisUrl(), 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  return { redis, kept: redisKeptThreads(redis) };
}

describeKeptThreads('Redis', async () => (await open()).kept);

test('what another version wrote is passed over', async () => {
  const { redis, kept } = await open();
  await redis.hset(redisKeys.kept, 'somebody', 'else');
  await redis.hset(redisKeys.kept, 'T0:U0ADA T0:D0:1.0', 'claude first');
  expect(await kept.all()).toEqual([]);
});
