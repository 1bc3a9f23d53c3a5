// What a person says to a turn of Claude Code: the prompt, and each word while it runs. The input stays open behind it, or the
// turn could not be interrupted.
import { randomUUID } from 'node:crypto';
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';

/** A result names no more than 64 of what it answers. */
const MOST_WORDS = 60;

export class ClaudeInput implements AsyncIterable<SDKUserMessage> {
  readonly #unsent: SDKUserMessage[] = [];
  readonly #unanswered = new Set<string>();
  #words = 0;
  #isClosed = false;
  #changed = Promise.withResolvers<void>();

  /** False when it comes too late. */
  say(text: string): boolean {
    if (this.#isClosed || this.#words === MOST_WORDS) return false;
    const uuid = randomUUID();
    this.#words += 1;
    this.#unanswered.add(uuid);
    this.#unsent.push({ type: 'user', uuid, message: { role: 'user', content: text }, parent_tool_use_id: null });
    this.#changed.resolve();
    return true;
  }

  /**
   * Takes what a result answers, all of it where that is not said; true, and closed, when nothing is left. A word that
   * comes while the last words are written is no part of their result: another turn of the program follows by itself.
   */
  isAnswered(uuids: readonly string[] = [...this.#unanswered]): boolean {
    for (const uuid of uuids) this.#unanswered.delete(uuid);
    if (this.#unanswered.size > 0) return false;
    this.close();
    return true;
  }

  close(): void {
    this.#isClosed = true;
    this.#changed.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SDKUserMessage> {
    while (!this.#isClosed) {
      yield* this.#unsent.splice(0);
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }
}
