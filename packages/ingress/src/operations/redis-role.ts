// ADAPTER: which role the Redis behind a connection has now, `master` or `slave`.
import type { Redis } from 'ioredis';

/** Rejects when Redis does not answer. `INFO`, since managed services keep `ROLE` to themselves. */
export async function redisRole(redis: Redis): Promise<string> {
  const info = await redis.info('replication');
  return /^role:(\w+)/m.exec(info)?.[1] ?? 'server of unknown role';
}
