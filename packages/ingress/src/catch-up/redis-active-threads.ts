// Threads of ours by when somebody wrote in them last, in one sorted set.
import type { SessionKey } from '@runnel/shared';
import { redisKeys } from '@runnel/shared/redis';
import type { ChainableCommander, Redis } from 'ioredis';
import type { ActiveThreads } from './active-threads.ts';

/** One call to Slack each, of a method that allows about fifty a minute. */
const MOST = 200;
const ACTIVE_MS = 7 * 24 * 3_600_000;

export function redisActiveThreads(redis: Redis): ActiveThreads {
  return {
    async list() {
      const since = Date.now() - ACTIVE_MS;
      const threads = await redis.zrevrangebyscore(redisKeys.active, '+inf', since, 'LIMIT', 0, MOST);
      return threads.filter(isSessionKey);
    },
  };
}

/** Adds the commands that note a thread as active now. */
export function noteActive(chain: ChainableCommander, session: SessionKey): ChainableCommander {
  return chain.zadd(redisKeys.active, Date.now(), session).zremrangebyrank(redisKeys.active, 0, -MOST - 1);
}

function isSessionKey(text: string): text is SessionKey {
  return text.split(':').length === 3;
}
