// The conversation of a session as Claude Code keeps it: one file of JSON lines in the session's state, so that it comes back with it.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import { type ClaudeTotal, totalIn } from './claude-usage.ts';

export type ClaudeConversation = {
  /** The same for a session in every runner. */
  readonly id: string;
  /** Whether there is one to go on with. */
  readonly isKnown: boolean;
  /** What it took by now. */
  readonly total: ClaudeTotal;
};

export async function findConversation(home: string, session: SessionKey): Promise<ClaudeConversation> {
  const id = conversationId(session);
  const projects = join(home, 'projects');
  const names = await readdir(projects, { recursive: true }).catch(() => []);
  const name = names.find((file) => file.endsWith(`${id}.jsonl`));
  const conversation = name === undefined ? '' : await readFile(join(projects, name), 'utf8');
  return { id, isKnown: name !== undefined, total: totalIn(conversation) };
}

/** Claude Code wants a UUID. */
function conversationId(session: SessionKey): string {
  const hex = createHash('sha256').update(session).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}
