// Redis's clock: the only one that all processes see.
import type { Redis } from 'ioredis';

/** Milliseconds since the epoch. */
export async function redisTime(redis: Pick<Redis, 'time'>): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}
