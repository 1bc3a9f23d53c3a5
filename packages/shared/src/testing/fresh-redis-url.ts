// An empty database of the run's one Redis for each test file that asks.
import { Redis } from 'ioredis';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

// Database 0 holds nothing but this counter, so that files in different processes never draw the same number.
const COUNTER = 'next-database';

/** Resolves to a URL such as `redis://127.0.0.1:40123/7`; that database is empty and nobody else's. */
export async function freshRedisUrl(): Promise<string> {
  const url = new URL(inject('redisUrl'));
  url.pathname = '/0';
  const redis = new Redis(url.href);
  try {
    const [, databases] = (await redis.config('GET', 'databases')) as [string, string];
    const drawn = await redis.incr(COUNTER);
    const database = 1 + ((drawn - 1) % (Number(databases) - 1));
    await redis.select(database);
    await redis.flushdb();
    url.pathname = `/${database}`;
    return url.href;
  } finally {
    redis.disconnect();
  }
}
