// Thread owners as Redis strings, forgotten after 90 days without a word. Whose thread is asked for is noted as active.
import { redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { noteActive } from './catch-up/redis-active-threads.ts';
import type { ThreadOwners } from './thread-owners.ts';

const KEPT_S = 90 * 24 * 3600;

/**
 * Give it the connection of the inbox: replication is ordered, so the `WAIT` that follows an append on that connection
 * makes the owner as durable as the append.
 */
export function redisThreadOwners(redis: Redis): ThreadOwners {
  return {
    async claim(session, user) {
      const key = redisKeys.bound(session);
      // Not `SET NX GET`, which Redis knows only from 7.0 on.
      const claim = redis.multi().set(key, user, 'EX', KEPT_S, 'NX').getex(key, 'EX', KEPT_S);
      const answers = await noteActive(claim, session).exec();
      const [error, owner] = answers?.[1] ?? [];
      if (error instanceof Error) throw error;
      if (typeof owner !== 'string') throw new Error('Redis did not say who owns a thread.');
      return owner;
    },
    async find(session) {
      const owner = await redis.getex(redisKeys.bound(session), 'EX', KEPT_S);
      if (owner === null) return undefined;
      await noteActive(redis.multi(), session).exec();
      return owner;
    },
  };
}
