// Stage: says something in a thread, under the lease, once. Right before every send the lease is renewed.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError, takeStep, type Reply } from '@runnel/shared';
import type { TurnParts } from './turn-parts.ts';

export type Answer = {
  readonly reply: Reply;
  /** Of the entries it answers. */
  readonly identities: readonly string[];
  /** Reading back starts at this Slack ts. */
  readonly since: string;
  /** True when a predecessor may have posted it. */
  readonly maybePosted?: boolean;
};

type PostParts = Pick<TurnParts, 'lease' | 'replies' | 'callTimeoutMs' | 'over' | 'log'>;

/** What waits out a 429 or cannot be read back within this is tried anew, or posted and marked. */
const ONE_TRY_MS = 60_000;
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** A failure that nobody foresaw is repeated a few times; then the answer stays in the manifest alone. */
const MOST_UNKNOWN = 5;

/** Returns when the answer stands in the thread, with its ts, or with none when it never will because Slack refuses it. */
export async function postAnswer(parts: PostParts, answer: Answer): Promise<string | undefined> {
  const { reply, identities } = answer;
  for (let attempt = 1; ; attempt += 1) {
    parts.over.throwIfAborted();
    try {
      const options = {
        mayPost: () => mayPost(parts),
        deadline: performance.now() + ONE_TRY_MS,
        since: answer.since,
        maybePosted: answer.maybePosted === true || attempt > 1,
      };
      return await takeStep('post', { ...parts.lease.holder, identities }, () => parts.replies.post(reply, options));
    } catch (reason) {
      parts.over.throwIfAborted();
      const error = RunnelError.from(reason);
      const isFinal = error.code === 'slack_refused' || (error.code === 'unknown' && attempt >= MOST_UNKNOWN);
      parts.log[isFinal ? 'error' : 'warn']({ err: error, deliveryId: reply.deliveryId, attempt }, 'answer not posted');
      if (isFinal) return undefined;
      const asked = error.retry.kind === 'retryable' ? error.retry.retryAfterMs : 0;
      await sleep(Math.max(asked, Math.min(PAUSE_MS * attempt, LONGEST_PAUSE_MS)), undefined, {
        signal: parts.over,
      }).catch(() => undefined);
    }
  }
}

/** One renewal, then the local deadline in the same tick as the send: after a failover or a jump of the clock that alone would say yes. */
export async function mayPost({
  lease,
  callTimeoutMs,
  over,
}: Pick<PostParts, 'lease' | 'callTimeoutMs' | 'over'>): Promise<boolean> {
  return (await lease.renew()) && !over.aborted && lease.fits(callTimeoutMs);
}
