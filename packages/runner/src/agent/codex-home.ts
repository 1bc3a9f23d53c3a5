// The folders of Codex. Its home holds databases with absolute paths, caches and whatever it likes, so it lives for one turn, beside
// what is archived. Of the session are its conversations, and what the person has allowed for good.
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AgentMemory } from './agent-memory.ts';
import type { SessionDirectory } from './agent-provider.ts';

export type CodexHome = AsyncDisposable & { readonly path: string };

/** Gone when it is disposed of; what a lost runner left there goes before. */
export async function makeCodexHome({ files, state }: SessionDirectory): Promise<CodexHome> {
  const path = join(dirname(state), 'codex-home');
  const remove = (): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 3 });
  await remove();
  const sessions = join(state, 'codex', 'sessions');
  for (const folder of [files, sessions, path]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await symlink(sessions, join(path, 'sessions'));
  return { path, [Symbol.asyncDispose]: remove };
}

/** A turn that was canceled early has left no conversation. */
export async function codexMemory(state: string): Promise<AgentMemory> {
  const folder = join(state, 'codex');
  const rollouts = await readdir(join(folder, 'sessions'), { recursive: true }).catch(() => []);
  return AgentMemory.read(folder, (conversation) =>
    Promise.resolve(rollouts.some((file) => file.endsWith(`${conversation}.jsonl`))),
  );
}
