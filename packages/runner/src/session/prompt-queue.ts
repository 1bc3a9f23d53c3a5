// The prompts of one session that wait for their turns, in the order of appending, and what is told of them.
import type { EntryRef } from '@runnel/shared';
import type { TurnFinished } from '../progress/turn-events.ts';
import { isAfter } from '../read-inbox.ts';
import type { Prompt, TurnParts } from '../turn/turn-parts.ts';

export class PromptQueue {
  readonly #tell: TurnParts['tell'];
  #prompts: Prompt[] = [];

  constructor(tell: TurnParts['tell']) {
    this.#tell = tell;
  }

  get first(): Prompt | undefined {
    return this.#prompts[0];
  }

  get all(): readonly Prompt[] {
    return this.#prompts;
  }

  /** `isBusy`: a turn of the session runs. */
  add(prompt: Prompt, isBusy: boolean): void {
    this.#prompts.push(prompt);
    this.#prompts.sort(byId);
    if (isBusy || this.#prompts.length > 1) this.tellQueued(prompt);
  }

  before(id: string): Prompt[] {
    return this.#prompts.filter((prompt) => isAfter(id, prompt.id));
  }

  remove(prompts: readonly Prompt[]): void {
    this.#prompts = this.#prompts.filter((prompt) => !prompts.includes(prompt));
  }

  /** Removes them for whoever waits for them: they do not run. */
  withdraw(prompts: readonly Prompt[]): void {
    this.remove(prompts);
    for (const prompt of prompts) this.tellFinished(prompt, 'withdrawn');
  }

  tellQueued({ session, identity, ts }: Prompt): void {
    this.#tell({ type: 'turn.queued', session, turn: identity, data: { ts } });
  }

  tellFinished({ session, identity, ts }: Prompt, stopReason: TurnFinished['stopReason']): void {
    const data: TurnFinished = { ts, stopReason, more: this.#prompts.length > 0 };
    this.#tell({ type: 'turn.finished', session, turn: identity, data });
  }
}

/** The order of appending. */
export function byId(one: EntryRef, other: EntryRef): number {
  if (one.id === other.id) return 0;
  return isAfter(one.id, other.id) ? 1 : -1;
}

/** What of it is in the inbox. */
export function withEdits(prompt: Prompt): EntryRef[] {
  return [prompt, ...prompt.edits];
}
