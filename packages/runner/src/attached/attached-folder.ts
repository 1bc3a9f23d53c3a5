// Where the files lie that people attach.
import { join } from 'node:path';
import type { SessionDirectory } from '../agent/agent-provider.ts';

/** Within what is kept of a session, and outside of its files: in a checkout they would be committed. A folder for each message. */
export function attachedFolder({ state }: SessionDirectory): string {
  return join(state, 'attached');
}
