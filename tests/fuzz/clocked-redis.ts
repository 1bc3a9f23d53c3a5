// The shipped scripts on a clock of the test's: in each of them the one call of TIME is answered by a key. All else is Redis's own.
import type { Redis } from 'ioredis';

const CLOCK = 'clock';
const TIME = "redis.call('TIME')";

export type ClockedRedis = {
  /** What an adapter is given in place of the client. */
  readonly redis: Redis;
  /** Milliseconds since the epoch. */
  set(now: number): Promise<void>;
};

export function clockedRedis(real: Redis): ClockedRedis {
  let time: [seconds: number, micros: number] = [0, 0];
  const own: Record<string, unknown> = {
    // As a server that has forgotten every script: then it is sent as text.
    evalsha: async () => {
      throw new Error('NOSCRIPT');
    },
    eval: (script: string, keys: number, ...args: string[]) =>
      real.eval(script.replaceAll(TIME, `redis.call('HMGET', '${CLOCK}', 's', 'us')`), keys, ...args),
    time: async () => time,
    // It counts connections for WAIT, of which there is none here; each adapter would leave a listener behind.
    on: () => real,
  };
  const redis = new Proxy(real, {
    get(target, name) {
      if (typeof name === 'string' && Object.hasOwn(own, name)) return own[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    redis,
    async set(now) {
      time = [Math.floor(now / 1_000), (now % 1_000) * 1_000];
      await real.hset(CLOCK, 's', time[0], 'us', time[1]);
    },
  };
}
