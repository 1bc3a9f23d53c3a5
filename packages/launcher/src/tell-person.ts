// Says things in the thread of a person's oldest waiting message; where nothing waits, there is nothing to say.
import {
  RunnelError,
  threadOf,
  type Entry,
  type LeaseKeeper,
  type PromptPayload,
  type ReplySink,
  type ThreadStatus,
  type UntoldCause,
  type UserKey,
} from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
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

export function personTeller(parts: PersonTellerParts): PersonTeller {
  const { delivery, replies, status, log } = parts;
  return {
    async cause(user, untold, maybeTold) {
      const waiting = promptsOf(await delivery.backlog(user));
      const [oldest] = waiting;
      if (oldest === undefined) return true;
      const reply = {
        thread: threadOf(oldest.session),
        deliveryId: `${untold.generation}-${untold.cause}`,
        text: await sentence(parts, user, { cause: untold.cause, backlog: waiting.length }),
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
        const [oldest] = promptsOf(await delivery.backlog(user));
        if (oldest !== undefined) await status.stage(threadOf(oldest.session), text, oldest.ts);
      } catch (error) {
        log.warn({ err: RunnelError.from(error), user }, 'status line could not be shown');
      }
    },
  };
}

async function sentence(
  parts: PersonTellerParts,
  user: UserKey,
  { cause, backlog }: { cause: string; backlog: number },
): Promise<string> {
  const { failures, notBefore } = await parts.delivery.lease(user);
  return describeCause(cause, {
    memoryBytes: parts.memoryBytes,
    retryInMs: notBefore - Date.now(),
    circuitOpen: failures >= parts.circuitAfter,
    failures,
    backlog,
  });
}

function promptsOf(backlog: readonly Entry[]): PromptPayload[] {
  return backlog.flatMap(({ payload }) => (payload.type === 'prompt' ? [payload] : []));
}
