// ADAPTER: threads that hold messages for want of a credential, as one hash of the fleet.
import type { Redis } from 'ioredis';
import type { KeptThread, KeptThreads } from '../kept-threads.ts';
import type { SessionKey } from '../session.ts';
import { isUserKey, type UserKey } from '../user-key.ts';
import { redisKeys } from './redis-keys.ts';
import { loadScript } from './redis-script.ts';

const removeKept = loadScript('remove-kept');

/** The client is borrowed. Neither part of a field or a value holds a blank. */
export function redisKeptThreads(redis: Redis): KeptThreads {
  return {
    async note(kept) {
      await redis.hset(redisKeys.kept, fieldOf(kept.user, kept.session), valueOf(kept));
    },
    async all() {
      // In one step: what is noted later is not among them.
      return Object.entries(await redis.hgetall(redisKeys.kept)).flatMap(readKept);
    },
    async remove(kept) {
      await removeKept(redis, [redisKeys.kept], [fieldOf(kept.user, kept.session), valueOf(kept)]);
    },
    async forget(user, sessions) {
      if (sessions.length > 0) await redis.hdel(redisKeys.kept, ...sessions.map((session) => fieldOf(user, session)));
    },
  };
}

function fieldOf(user: UserKey, session: SessionKey): string {
  return `${user} ${session}`;
}

function valueOf({ agent, generation, id }: KeptThread): string {
  return `${agent} ${generation} ${id}`;
}

/** What another version wrote is left to it. */
function readKept([field, value]: [string, string]): KeptThread[] {
  const [user = '', session = ''] = field.split(' ');
  const [agent, generation, id] = value.split(' ');
  if (!isUserKey(user) || agent === undefined || generation === undefined || id === undefined) return [];
  // oxlint-disable-next-line no-unsafe-type-assertion -- as `note` wrote it; a reader of the entry looks at it again
  return [{ user, session: session as SessionKey, agent, generation, id }];
}
