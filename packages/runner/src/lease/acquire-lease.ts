// Stage: takes the lease, or finds that it is another's. Nothing is done before.
import { RunnelError, retryable, takeStep, type Holder, type InboxReader } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { giveUpAfter, keepTrying } from '../keep-trying.ts';
import type { LeaseMemory } from './lease-memory.ts';

export type Acquisition = {
  readonly delivery: Pick<InboxReader, 'acquire'>;
  readonly holder: Holder;
  readonly memory: LeaseMemory;
  readonly leaseMs: number;
  readonly marginMs: number;
  readonly log: Logger;
};

/**
 * Asks until it is answered, for a third of a lease at most; then throws `redis_unreachable`.
 * An acquire whose answer was lost is asked again: our own lease is `ok` too.
 */
export async function acquireLease(acquisition: Acquisition): Promise<'ok' | 'stale' | 'busy'> {
  const { delivery, holder, memory, leaseMs, marginMs, log } = acquisition;
  const unreachable = new RunnelError('redis_unreachable', 'Redis did not answer the request for the lease.', {
    retry: retryable(),
  });
  const acquire = async (): Promise<'ok' | 'stale' | 'busy'> => {
    const before = process.hrtime.bigint();
    const answer = await takeStep('acquire', holder, () => delivery.acquire(holder));
    memory.renewedFrom(before, leaseMs - marginMs);
    return answer;
  };
  return keepTrying(acquire, { over: giveUpAfter(leaseMs / 3, unreachable), log });
}
