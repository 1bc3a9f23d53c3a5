// Stage: holds the lease while the renewal thread renews it, and answers whether something may still be begun.
import type { Worker } from 'node:worker_threads';
import { RunnelError, takeStep, type Holder, type InboxReader, type ReleaseAnswer } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { keepTrying } from '../keep-trying.ts';
import type { LeaseMemory } from './lease-memory.ts';
import type { RenewalNews } from './renew-lease.ts';

export type HeldLease = {
  readonly holder: Holder;
  /** Aborted, with a `lease_lost` or `store_conflict` as its reason, once this runner may do nothing more. */
  readonly lost: AbortSignal;
  /** Whether a call of that many milliseconds is over before the deadline; asked in the same tick as the call. */
  fits(callMs: number): boolean;
  /** The renewal right before a post. False once the lease is lost. */
  renew(): Promise<boolean>;
  /** Somebody found out that the lease is gone. Kills the agents' process groups; throws its reason. */
  lose(reason: RunnelError): never;
  /** To be told every process group that is started under this lease. */
  watchGroup(groupId: number): Disposable;
  /**
   * `busy` leaves the lease as it was; after any other answer it is over. `lost` may be our own release,
   * asked for twice because its answer was lost: there is nothing left to do either way.
   */
  release(mode: 'idle' | 'drain', over: AbortSignal): Promise<ReleaseAnswer>;
};

export type LeaseParts = {
  readonly delivery: Pick<InboxReader, 'renew' | 'release'>;
  readonly holder: Holder;
  readonly memory: LeaseMemory;
  readonly thread: Pick<Worker, 'on' | 'unref'>;
  /** All in milliseconds. */
  readonly leaseMs: number;
  readonly marginMs: number;
  readonly renewalMs: number;
  readonly log: Logger;
};

const SIGN_OF_LIFE_MS = 500;

export function holdLease({ delivery, holder, memory, thread, log, ...durations }: LeaseParts): HeldLease {
  const loss = new AbortController();
  const lost = loss.signal;
  const lose = (reason: RunnelError): void => {
    if (memory.state === 'ended') return;
    memory.moveTo('lost');
    memory.killGroups();
    loss.abort(reason);
  };
  const renew = async (): Promise<'ok' | 'lost'> => {
    const before = process.hrtime.bigint();
    const answer = await takeStep('renew', { ...holder, source: 'post' }, () => delivery.renew(holder));
    if (answer === 'ok') memory.renewedFrom(before, durations.leaseMs - durations.marginMs);
    else if (memory.state === 'held') lose(lostLease('Somebody else holds the lease.'));
    return answer;
  };
  const stopSigns = giveSignsOfLife(memory);
  // A thread takes its time to start, on a busy machine more than a lease.
  const untilReady = setInterval(() => void renew().catch(() => undefined), durations.renewalMs).unref();
  listen({ thread, lose, log, onReady: () => clearInterval(untilReady) });
  const stop = (): void => {
    stopSigns();
    clearInterval(untilReady);
  };
  lost.addEventListener('abort', stop);
  return {
    holder,
    lost,
    fits: (callMs) =>
      memory.state === 'held' && process.hrtime.bigint() + BigInt(callMs) * 1_000_000n < memory.deadline,
    async renew() {
      const answer = await keepTrying(renew, { over: lost, log });
      return answer === 'ok' && memory.state === 'held';
    },
    lose(reason) {
      lose(reason);
      throw reason;
    },
    watchGroup: (groupId) => memory.watchGroup(groupId),
    async release(mode, over) {
      memory.moveTo('releasing');
      try {
        const answer = await keepTrying(
          () => takeStep('release', { ...holder, source: mode }, () => delivery.release(holder, mode)),
          {
            over: AbortSignal.any([over, lost]),
            log,
          },
        );
        memory.moveTo(answer.kind === 'busy' ? 'held' : 'ended');
        if (memory.state === 'ended') stop();
        return answer;
      } catch (error) {
        memory.moveTo('held');
        throw error;
      }
    },
  };
}

export function lostLease(message: string): RunnelError {
  return new RunnelError('lease_lost', message);
}

type Listening = Pick<LeaseParts, 'thread' | 'log'> & {
  readonly lose: (reason: RunnelError) => void;
  readonly onReady: () => void;
};

function listen({ thread, lose, log, onReady }: Listening): void {
  thread.on('message', (news: RenewalNews) => {
    if (news.kind === 'ready') onReady();
    else if (news.kind === 'lost') lose(lostLease(news.reason));
    else log.warn({ reason: news.reason }, 'lease not renewed');
  });
  // Without its thread nobody watches the main one.
  thread.on('error', (error) => lose(new RunnelError('lease_lost', 'The renewal thread failed.', { cause: error })));
  thread.on('exit', () => lose(lostLease('The renewal thread ended.')));
  thread.unref();
}

function giveSignsOfLife(memory: LeaseMemory): () => void {
  const sign = (): void => void (memory.signOfLife = process.hrtime.bigint());
  sign();
  const timer = setInterval(sign, SIGN_OF_LIFE_MS).unref();
  return () => clearInterval(timer);
}
