// The conversations of the local workspace, kept in a file so that a second `npm start` finds them.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { WorkspaceSnapshot } from './slack/workspace-objects.ts';
import { Workspace } from './slack/workspace.ts';

const SAVE_AFTER_MS = 500;

/** A file that cannot be read starts a new workspace; it is moved aside, not deleted. */
export function loadConversations(file: string, timeScale = 1): Workspace {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return new Workspace({ timeScale });
  }
  try {
    return Workspace.restore(JSON.parse(text) as WorkspaceSnapshot, { timeScale });
  } catch {
    renameSync(file, `${file}.unreadable`);
    return new Workspace({ timeScale });
  }
}

export type ConversationKeeper = { saveNow(): void; stop(): void };

/** Saves a moment after each change, whole or not at all. */
export function keepConversations(workspace: Workspace, file: string): ConversationKeeper {
  let timer: NodeJS.Timeout | undefined;
  const saveNow = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writeFileSync(`${file}.new`, JSON.stringify(workspace.save()), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const saveSoon = (): void => void (timer ??= setTimeout(saveNow, SAVE_AFTER_MS));
  workspace.on('change', saveSoon);
  return {
    saveNow,
    stop() {
      workspace.off('change', saveSoon);
      clearTimeout(timer);
    },
  };
}
