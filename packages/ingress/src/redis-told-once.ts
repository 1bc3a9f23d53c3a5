// What people were told, as Redis strings that expire.
import { redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import type { ToldOnce } from './told-once.ts';

const THREAD_S = 90 * 24 * 3600;
const DAY_S = 24 * 3600;

export function redisToldOnce(redis: Redis): ToldOnce {
  const isFirst = async (key: string, seconds: number): Promise<boolean> =>
    (await redis.set(key, '1', 'EX', seconds, 'NX')) === 'OK';
  return {
    isFirstInThread: (session, author) => isFirst(redisKeys.told(session, author), THREAD_S),
    isFirstInDay: (user, what) => isFirst(redisKeys.refused(user, what), DAY_S),
  };
}
