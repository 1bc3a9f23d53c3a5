// What a thread's branch is called: the same in every runner, and no text of Slack in it.
import { createHash } from 'node:crypto';
import type { SessionKey } from '@runnel/shared';

/** `runnel/` and the first eight hex digits of SHA-256 of the session key. */
export function threadBranch(session: SessionKey): string {
  return `runnel/${createHash('sha256').update(session).digest('hex').slice(0, 8)}`;
}
