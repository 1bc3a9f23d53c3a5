// Sees every pod end and tells the lease: who made the pod, or has its job, does not matter.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { Bell } from './bell.ts';
import { decideEnd } from './decide-end.ts';
import type { EndedPod, PodBackend } from './pod-backend.ts';
import type { Ended, LeaseTeller } from './tell-lease.ts';

export type PodEndObserver = {
  /** Watches until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Tells the lease of an end. `nobodyHasIt`: the lease was looked at, so even a pod that found it taken has ended it. */
  settle(pod: EndedPod, nobodyHasIt?: boolean): Promise<void>;
  /** Rings whenever an end of this name was told to its lease. Hang it up again. */
  bell(name: string): Bell & Disposable;
};

export type PodEndObserverParts = {
  readonly backend: PodBackend;
  readonly tellLease: LeaseTeller;
  readonly log: Logger;
  /** Pause before telling the lease again when Redis did not answer, in milliseconds. */
  readonly retryMs: number;
};

/** The last lines of a runner that failed, for operators. */
const LOGGED_LINES = 20;

export function podEndObserver(parts: PodEndObserverParts): PodEndObserver {
  const { backend, log, retryMs } = parts;
  const bells = new Map<string, Set<Bell>>();

  const settle: PodEndObserver['settle'] = async (pod, nobodyHasIt = false) => {
    const verdict = decideEnd(pod.end);
    if (verdict.kind === 'ended') await tell(parts, pod, verdict);
    else if (nobodyHasIt) await tell(parts, pod, { kind: 'ended', cause: '', counted: false });
    for (const bell of bells.get(pod.name) ?? []) bell.ring();
  };
  const settleAtLast = async (pod: EndedPod, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await settle(pod);
      } catch (error) {
        log.warn(
          { err: RunnelError.from(error), pod: pod.name },
          'end of a pod could not be told to its lease, again soon',
        );
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  return {
    run: (signal) => backend.watch((pod) => void settleAtLast(pod, signal), signal),
    settle,
    bell(name) {
      const hung = bells.get(name) ?? new Set();
      const bell = Object.assign(new Bell(), {
        [Symbol.dispose]: () => {
          hung.delete(bell);
          if (hung.size === 0) bells.delete(name);
        },
      });
      bells.set(name, hung.add(bell));
      return bell;
    },
  };
}

async function tell({ backend, tellLease, log }: PodEndObserverParts, pod: EndedPod, verdict: Ended): Promise<void> {
  const { name, user, generation, end } = pod;
  const answer = await tellLease({ user, generation, owner: end.owner }, verdict);
  if (answer.kind === 'stale') return;
  if (!verdict.counted) return log.info({ user, generation }, 'runner ended');
  const lastLines = await backend.logs(name, LOGGED_LINES).catch(() => []);
  log.error({ user, generation, end, cause: verdict.cause, hint: answer.hint, lastLines }, 'runner failed');
}
