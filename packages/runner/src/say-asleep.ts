// Stage: the one thing that may still be done after a release: a quiet word in the threads that were served.
import { setTimeout as sleep } from 'node:timers/promises';
import { threadOf, type Holder, type ReplySink, type SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { spoken } from './progress/spoken-words.ts';

export type AsleepParts = { readonly replies: ReplySink; readonly holder: Holder; readonly log: Logger };

/** A successor may have begun by then: what takes longer is dropped. */
const AT_MOST_MS = 2_000;

/** `releasedAt` is when the release was asked for, on the `performance.now()` clock. Never rejects. */
export async function sayAsleep(
  { replies, holder, log }: AsleepParts,
  sessions: readonly SessionKey[],
  releasedAt: number,
): Promise<void> {
  const deadline = releasedAt + AT_MOST_MS;
  const notices = sessions.map(async (session) => {
    const reply = {
      thread: threadOf(session),
      deliveryId: `sleep:${holder.generation}:${session}`,
      text: spoken.asleep,
      kind: 'notice' as const,
    };
    try {
      await replies.post(reply, {
        mayPost: () => Promise.resolve(performance.now() < deadline),
        deadline,
        since: threadOf(session).threadTs,
      });
    } catch (error) {
      log.warn({ err: error, session }, 'sleep notice not posted');
    }
  });
  await Promise.race([
    Promise.all(notices),
    sleep(Math.max(0, deadline - performance.now()), undefined, { ref: false }),
  ]);
}
