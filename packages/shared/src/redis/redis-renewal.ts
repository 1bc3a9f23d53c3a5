// The one verb of a renewal thread.
import type { Redis } from 'ioredis';
import { RunnelError } from '../errors.ts';
import type { Holder } from '../lease.ts';
import { redisKeys } from './redis-keys.ts';
import { loadScript } from './redis-script.ts';

/** `renew` of the delivery port, on a borrowed client. */
export function redisRenewal(redis: Redis, leaseMs: number): { renew(holder: Holder): Promise<'ok' | 'lost'> } {
  const script = loadScript('renew');
  return {
    async renew({ user, generation, owner }) {
      const answer = await script(redis, [redisKeys.lease(user)], [generation, owner, leaseMs]);
      if (answer === 'ok' || answer === 'lost') return answer;
      throw new RunnelError('unknown', `The script renew answered ${JSON.stringify(answer)}.`);
    },
  };
}
