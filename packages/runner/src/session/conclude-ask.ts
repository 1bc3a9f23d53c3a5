// Stage: the card of an ask loses its buttons and says what became of it. A courtesy: a failure of it costs nothing.
import { threadOf } from '@runnel/shared';
import type { LaneParts } from './lane-parts.ts';

/** `message` is the ts of the card. Never rejects. */
export async function concludeAsk(parts: LaneParts, message: string, line: string): Promise<void> {
  const { session, over, lease, callTimeoutMs, replies, log } = parts;
  if (message === '' || over.aborted || !lease.fits(callTimeoutMs)) return;
  try {
    await replies.conclude(threadOf(session), message, line);
  } catch (error) {
    log.warn({ err: error, session }, 'card of an ask not concluded');
  }
}
