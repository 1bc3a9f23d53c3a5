// The folders of Codex. Its home holds databases with absolute paths, caches and whatever it likes, so it lives for one turn, beside
// what is archived. Of the session are its conversations, and what the person has allowed for good.
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
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

const keptSchema = z.object({ conversation: z.string(), allowed: z.array(z.string()) });

/** What is known of a session from turn to turn. */
export class CodexMemory {
  readonly #folder: string;
  readonly #allowed: Set<string>;
  #conversation: string | undefined;

  static async read(state: string): Promise<CodexMemory> {
    const folder = join(state, 'codex');
    const text = await readFile(join(folder, 'kept.json'), 'utf8').catch(() => '{}');
    const kept = keptSchema.partial().safeParse(parse(text)).data ?? {};
    const rollouts = await readdir(join(folder, 'sessions'), { recursive: true }).catch(() => []);
    // A turn that was canceled early has left none.
    const isThere = rollouts.some((file) => file.endsWith(`${kept.conversation}.jsonl`));
    return new CodexMemory(folder, new Set(kept.allowed), isThere ? kept.conversation : undefined);
  }

  private constructor(folder: string, allowed: Set<string>, conversation: string | undefined) {
    this.#folder = folder;
    this.#allowed = allowed;
    this.#conversation = conversation;
  }

  /** The one to go on with. */
  get conversation(): string | undefined {
    return this.#conversation;
  }

  async goOnWith(conversation: string): Promise<void> {
    if (conversation === this.#conversation) return;
    this.#conversation = conversation;
    await this.#write();
  }

  isAllowed(what: string): boolean {
    return this.#allowed.has(what);
  }

  async allow(what: string): Promise<void> {
    this.#allowed.add(what);
    await this.#write();
  }

  async #write(): Promise<void> {
    const kept = { conversation: this.#conversation, allowed: [...this.#allowed] };
    await writeFile(join(this.#folder, 'kept.json'), JSON.stringify(kept), { mode: 0o600 });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
