// What is wrong with the Redis behind a connection, for `/readyz`: a replica takes no message and keeps no lease.
import type { Redis } from 'ioredis';

/** Undefined for a primary. Rejects when Redis does not answer. `INFO`, since managed services keep `ROLE` to themselves. */
export async function redisFault(redis: Redis): Promise<string | undefined> {
  const info = await redis.info('replication');
  const role = /^role:(\w+)/m.exec(info)?.[1] ?? 'server of unknown role';
  return role === 'master' ? undefined : `is a ${role}, not the primary`;
}
