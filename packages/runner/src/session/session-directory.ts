// Where a session lives in this pod: the same absolute path in every runner of a person, and no text of Slack in it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';

/** `<home>/sessions/<first 16 hex digits of SHA-256 of the session key>/{files,state}`. */
export function sessionDirectory(home: string, session: SessionKey): SessionDirectory {
  const name = createHash('sha256').update(session).digest('hex').slice(0, 16);
  const root = join(home, 'sessions', name);
  return { files: join(root, 'files'), state: join(root, 'state') };
}

/** What programs take for the person's home where the files are a checkout. */
export function homeIn(state: string): string {
  return join(state, 'home');
}
