// Says things in the thread of a person's oldest waiting message; where nothing waits, there is nothing to say.
import {
  RunnelError,
  threadOf,
  type Entry,
  type LeaseKeeper,
  type ReplyButton,
  type ReplySink,
  type SessionKey,
  type ThreadStatus,
  type UntoldCause,
  type UserKey,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { readCause } from './cause-words.ts';
import type { EndCause } from './decide-end.ts';
import { describeCause } from './describe-cause.ts';

export type PersonTeller = {
  /**
   * Why a runner ended or did not start, once. `maybeTold`: somebody else may be at it, so the thread is looked at first.
   * Resolves with whether the cause is settled: told, not worth telling, or refused for good.
   */
  cause(user: UserKey, untold: UntoldCause, maybeTold: boolean): Promise<boolean>;
  /** One line of what goes on, in place of the last one. Failures are logged, nothing more. */
  line(user: UserKey, text: string): Promise<void>;
};

export type PersonTellerParts = {
  readonly delivery: LeaseKeeper;
  readonly replies: ReplySink;
  readonly status: ThreadStatus;
  readonly log: Logger;
  readonly memoryBytes: number;
  /** From this failure in a row on, starts are far apart. */
  readonly circuitAfter: number;
};

/** Waiting out a 429 and reading back ends then; the sweeper tries again. */
const POST_WITHIN_MS = 30_000;

/** The runner never came to be. */
const START_FAILED: ReadonlySet<string> = new Set<EndCause>([
  'pod_start_failed',
  'start_timeout',
  'image',
  'unschedulable',
  'quota',
  'refused',
  'configuration',
]);

export function personTeller(parts: PersonTellerParts): PersonTeller {
  const { delivery, replies, status, log } = parts;
  return {
    async cause(user, untold, maybeTold) {
      const waiting = waitingIn(await delivery.backlog(user));
      const [oldest] = waiting;
      if (oldest === undefined) return true;
      const { text, buttons } = await sentence(parts, user, { ...untold, backlog: waiting.length });
      const reply = {
        thread: threadOf(oldest.session),
        deliveryId: `${untold.generation}-${untold.cause}`,
        text,
        buttons,
        kind: 'notice' as const,
      };
      const deadline = performance.now() + POST_WITHIN_MS;
      try {
        await replies.post(reply, { deadline, since: oldest.ts, maybePosted: maybeTold });
        return true;
      } catch (reason) {
        const error = RunnelError.from(reason);
        log.warn({ err: error, user, ...untold }, 'person could not be told');
        return error.retry.kind === 'terminal';
      }
    },
    async line(user, text) {
      try {
        const [oldest] = waitingIn(await delivery.backlog(user));
        if (oldest !== undefined) await status.stage(threadOf(oldest.session), text, oldest.ts);
      } catch (error) {
        log.warn({ err: RunnelError.from(error), user }, 'status line could not be shown');
      }
    },
  };
}

async function sentence(
  { delivery, memoryBytes, circuitAfter }: PersonTellerParts,
  user: UserKey,
  { cause, generation, backlog }: UntoldCause & { backlog: number },
): Promise<{ text: string; buttons: readonly ReplyButton[] }> {
  const { failures, notBefore, now } = await delivery.lease(user);
  const circuitOpen = failures >= circuitAfter;
  const retryInMs = notBefore - now;
  const text = describeCause(cause, { memoryBytes, retryInMs, circuitOpen, failures, backlog });
  // Whoever knows what was wrong need not wait for the next try.
  const isWorthRetrying = circuitOpen || START_FAILED.has(readCause(cause).cause);
  return { text, buttons: isWorthRetrying ? [{ action: 'retry', value: generation }] : [] };
}

type Waiting = { readonly session: SessionKey; readonly ts: string };

/** What a person waits for: their messages, those that they chose to run after all, and those that were kept until now. */
function waitingIn(backlog: readonly Entry[]): Waiting[] {
  return backlog.flatMap(({ payload }) => {
    if (payload.type === 'prompt') return [payload];
    if (payload.type === 'run_kept') return [{ session: payload.session, ts: threadOf(payload.session).threadTs }];
    return payload.type === 'run_now' || payload.type === 'decision'
      ? [{ session: payload.session, ts: payload.message }]
      : [];
  });
}
