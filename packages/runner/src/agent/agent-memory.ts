// What is known of a session from turn to turn where the agent itself does not keep it: which conversation it is, and what the person
// has allowed for good.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const keptSchema = z.object({ conversation: z.string(), allowed: z.array(z.string()) });

export class AgentMemory {
  readonly #folder: string;
  readonly #allowed: Set<string>;
  #conversation: string | undefined;

  /** What cannot be read is forgotten. `isThere`: whether that conversation can still be gone on with. */
  static async read(folder: string, isThere: (conversation: string) => Promise<boolean>): Promise<AgentMemory> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const text = await readFile(join(folder, 'kept.json'), 'utf8').catch(() => '{}');
    const { conversation, allowed } = keptSchema.partial().safeParse(parse(text)).data ?? {};
    const isKnown = conversation !== undefined && (await isThere(conversation));
    return new AgentMemory(folder, new Set(allowed), isKnown ? conversation : undefined);
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
