// Repeats a call that may go through later, with growing pauses, for as long as this runner may act at all.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';

export type Persistence = {
  /** Ends the repetition: the lease is lost, the drain's time is up. */
  readonly over: AbortSignal;
  readonly log: Logger;
};

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;

/** Throws the reason of `over` once that is aborted, and at once what a repetition will not change. */
export async function keepTrying<T>(call: () => Promise<T>, { over, log }: Persistence): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    over.throwIfAborted();
    try {
      return await call();
    } catch (reason) {
      over.throwIfAborted();
      // A defect does not go away.
      if (reason instanceof TypeError || reason instanceof ReferenceError) throw reason;
      // What is no error of ours comes from a client: the server is away, loads, or is full.
      const retry = reason instanceof RunnelError ? reason.retry : ({ kind: 'retryable', retryAfterMs: 0 } as const);
      if (retry.kind === 'terminal') throw reason;
      const pauseMs = Math.max(retry.retryAfterMs, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt));
      log.warn({ err: reason, attempt, pauseMs }, 'call failed, will be repeated');
      await sleep(pauseMs, undefined, { signal: over }).catch(() => undefined);
    }
  }
}

/** Aborts with that error as its reason. */
export function giveUpAfter(ms: number, error: RunnelError): AbortSignal {
  const controller = new AbortController();
  setTimeout(() => controller.abort(error), ms).unref();
  return controller.signal;
}
