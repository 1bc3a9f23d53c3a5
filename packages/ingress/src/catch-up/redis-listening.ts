// Who listens, in three keys of Redis. A gap is written before what it was seen by is overwritten: a process that dies in
// between loses none. Two that see the same one read the same history, which `seen` makes harmless.
import { redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { decideGap } from './decide-gap.ts';
import { TAKEN_MS, type Listening } from './listening.ts';

export function redisListening(redis: Redis): Listening {
  const take = async (now: number): ReturnType<Listening['beat']> => {
    if ((await redis.set(redisKeys.catchingUp, '1', 'PX', TAKEN_MS, 'NX')) === null) return undefined;
    const marks = await redis.zrange(redisKeys.gaps, 0, '-1');
    const [first] = marks;
    return first === undefined ? undefined : { since: Number(first), now, marks };
  };
  return {
    async beat() {
      const [seconds, micros] = await redis.time();
      const now = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
      const last = await redis.get(redisKeys.listening);
      if (last !== null && decideGap(Number(last), now)) await redis.zadd(redisKeys.gaps, last, last);
      await redis.set(redisKeys.listening, now);
      return (await redis.exists(redisKeys.gaps)) === 1 ? take(now) : undefined;
    },
    async close({ marks }) {
      // By name: another gap may have come meanwhile.
      await redis.zrem(redisKeys.gaps, ...marks);
      await redis.del(redisKeys.catchingUp);
    },
    async giveBack() {
      await redis.del(redisKeys.catchingUp);
    },
  };
}
