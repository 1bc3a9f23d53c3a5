// Stage: `new`. What was said in a thread is forgotten by every agent, as `/clear` does in most; the files stay as they are.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { attachedFolder } from '../attached/attached-folder.ts';
import { withNotices } from '../progress/spoken-words.ts';
import { removeFolder } from '../session/remove-folder.ts';
import { homeIn } from '../session/session-directory.ts';
import { setUpMark } from '../turn/repository-commands.ts';
import type { TurnParts } from '../turn/turn-parts.ts';
import { hasBegun } from './has-begun.ts';

type AfreshParts = Pick<TurnParts, 'agents' | 'files' | 'manifest' | 'workspaces'>;

/** Resolves to what the person is told. What is left is saved with the answer; until then what was saved before counts. */
export async function beginAfresh(parts: AfreshParts, session: SessionKey, cancel: AbortSignal): Promise<string> {
  if (!hasBegun(parts, session)) {
    return 'Nothing was done in this thread yet. To begin a new one, write to me outside of this one.';
  }
  const { directory, notices } = await parts.files.bringBack(session, cancel);
  await parts.agents.forget(session);
  await forgetConversation(directory);
  const stays = parts.workspaces?.record(session) === undefined ? 'The files stay' : 'The files and the branch stay';
  const went = 'What was said before is forgotten in here, and so is what you had allowed for good.';
  return withNotices(`${went} ${stays}, and so do your choice of agent and model.`, notices);
}

/** All that agents know of it lies there, beside what is no conversation: files that were attached, what other programs keep in a home. */
async function forgetConversation({ files, state }: SessionDirectory): Promise<void> {
  const stays = [attachedFolder({ files, state }), homeIn(state), setUpMark(state)];
  const known = (await readdir(state)).map((name) => join(state, name));
  for (const path of known) if (!stays.includes(path)) await removeFolder(path);
}
