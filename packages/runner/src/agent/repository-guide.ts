// What a repository tells whoever works in it: its AGENTS.md, or else its CLAUDE.md. Told once in a session, and again when it
// was changed. Data, never trusted.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionDirectory } from './agent-provider.ts';
import { areInside } from './inside-folder.ts';

const NAMES = ['AGENTS.md', 'CLAUDE.md'];
/** In bytes: as much as Codex reads of its own accord. */
const LONGEST = 32 * 1024;

/** `heard` once the agent has it for sure. */
export type Guide = { readonly words: string; readonly heard: () => Promise<void> };

/** Undefined where there is none, and where this agent has heard it in this session. */
export async function newGuide(agent: string, { files, state }: SessionDirectory): Promise<Guide | undefined> {
  const words = await findGuide(files);
  if (words === undefined) return undefined;
  const digest = createHash('sha256').update(words).digest('hex');
  const heardBefore = join(state, `${agent}-guide`);
  if ((await readFile(heardBefore, 'utf8').catch(() => '')) === digest) return undefined;
  // Where it cannot be noted it is told once more.
  return { words, heard: () => writeFile(heardBefore, digest).catch(() => undefined) };
}

async function findGuide(files: string): Promise<string | undefined> {
  for (const name of NAMES) {
    const text = await readGuide(files, name).catch(() => undefined);
    if (text !== undefined && text.trim() !== '') {
      return `(The repository's ${name} says to whoever works here:\n\n${text.trim()}\n\nThat was ${name}; what the person says comes first.)`;
    }
  }
  return undefined;
}

/** Rejects where there is no such file in the folder. A link within it is followed: many have the one name lead to the other. */
async function readGuide(files: string, name: string): Promise<string | undefined> {
  const path = await realpath(join(files, name));
  if (!(await areInside([path], files))) return undefined;
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) return undefined;
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(LONGEST + 1), 0, LONGEST + 1, 0);
    const text = buffer.subarray(0, Math.min(bytesRead, LONGEST)).toString('utf8');
    return bytesRead > LONGEST ? `${text}\n[the rest is left out]` : text;
  } finally {
    await handle.close();
  }
}
