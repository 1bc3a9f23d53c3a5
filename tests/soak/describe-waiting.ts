// How it stands, in Redis, with whoever waits without a word: it says who was to go on and did not.
import { launchName, runnerName } from '@runnel/shared';
import { launchQueueName, redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { userKeyOf } from './numbered-message.ts';

/** One line, with the time on Redis's clock. */
export async function describeWaiting(redis: Redis, person: number): Promise<string> {
  const user = userKeyOf(person);
  const lease = await redis.hgetall(redisKeys.lease(user));
  const job = launchName({ user, generation: lease['generation'] ?? '' }, runnerName);
  const [backlog, tries, dirty, active, waiting, [now]] = await Promise.all([
    redis.xlen(redisKeys.inbox(user)),
    redis.hgetall(redisKeys.tries(user)),
    redis.zscore(redisKeys.dirty, user),
    redis.lpos(`${redisKeys.launchQueuePrefix}:${launchQueueName}:active`, job),
    redis.lpos(`${redisKeys.launchQueuePrefix}:${launchQueueName}:wait`, job),
    redis.time(),
  ]);
  const places = [active === null ? [] : 'active', waiting === null ? [] : 'waiting'].flat();
  return `${user}: ${JSON.stringify({ lease, tries, backlog, dirty: dirty !== null, job: places, now })}`;
}
