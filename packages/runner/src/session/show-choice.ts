// Stage: the message whose button was pressed shows who chose what. A courtesy: a failure of it costs nothing.
import { threadOf } from '@runnel/shared';
import { sayChosen } from '../progress/spoken-words.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import type { Choice } from './answer-lane.ts';

/** Never rejects. */
export async function showChoice(parts: TurnParts, { payload }: Choice): Promise<void> {
  const { session, author, type, message } = payload;
  if (parts.over.aborted || !parts.lease.fits(parts.callTimeoutMs)) return;
  try {
    await parts.replies.conclude(threadOf(session), message, sayChosen(author, type));
  } catch (error) {
    parts.log.warn({ err: error, session }, 'choice not shown');
  }
}
