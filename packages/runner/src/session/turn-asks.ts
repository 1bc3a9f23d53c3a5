// Stage: what the agent of a session's running turn asks: one card at a time, until it is decided, given up or parked.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { threadOf, type EntryRef } from '@runnel/shared';
import type { Ask, Decision, TurnRequest } from '../agent/agent-provider.ts';
import { askButtons, askWords, boundAsk, sayAsk, sayDecided } from '../progress/ask-words.ts';
import { withUnread } from '../progress/file-words.ts';
import type { Asked } from '../store/session-store.ts';
import { postAnswer } from '../turn/post-answer.ts';
import { recordAsked } from '../turn/settle-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import { concludeAsk } from './conclude-ask.ts';
import { heldOf } from './held-prompts.ts';
import type { LaneParts } from './lane-parts.ts';
import { answerIn, isAnswerTo } from './parked-asks.ts';

type Open = {
  readonly prompt: Prompt;
  /** As the agent put it; what is shown and kept of it is bounded. */
  readonly ask: Ask;
  readonly over: AbortSignal;
  readonly decided: PromiseWithResolvers<Decision>;
  /** Without a ts until the card stands. */
  asked: Asked;
  /** On the `performance.now()` clock; undefined until the card stands and the manifest has it. */
  waitingSince?: number;
};

export class TurnAsks {
  readonly #parts: LaneParts;
  #open: Open | undefined;
  /** Everything that is posted, kept or concluded for this turn. Never rejects. */
  #underWay: Promise<unknown> = Promise.resolve();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** What can still be decided. */
  get open(): Asked | undefined {
    return this.#open?.over.aborted === false ? this.#open.asked : undefined;
  }

  get waitingSince(): number | undefined {
    return this.#open?.over.aborted === false ? this.#open.waitingSince : undefined;
  }

  /** What the agent of a turn asks with. `over` ends the waiting. */
  begin(prompt: Prompt, over: AbortSignal): TurnRequest['ask'] {
    let last: Promise<unknown> = Promise.resolve();
    let known = prompt.resumes;
    return (ask) => {
      // An agent that comes back to what was decided while it was parked need not ask again.
      if (known !== undefined && isSame(boundAsk(ask), known.asked.ask)) {
        const { decision } = known;
        known = undefined;
        return Promise.resolve(decision);
      }
      const asking = last.then(() => this.#ask(prompt, ask, over));
      last = asking.catch(() => undefined);
      return asking;
    };
  }

  /** What is shown meanwhile: the turn is not over before it. Never rejects. */
  follow(shown: Promise<void>): void {
    this.#underWay = Promise.all([this.#underWay, shown]);
  }

  /** Whether this message answers what is asked. */
  takeAnswer(prompt: Prompt): boolean {
    const { open } = this;
    if (open === undefined || !isAnswerTo(open, prompt.ts)) return false;
    const { kind, text } = answerIn(prompt, this.#parts.decode);
    this.decide({ kind, text: withUnread(text, prompt.fileNames) }, prompt);
    return true;
  }

  /** Goes to the agent. `by` is settled with the prompt, which it is decided for. */
  decide(decision: Decision, by: EntryRef & { readonly author: string }): void {
    if (this.#open === undefined) return;
    const open = this.#open;
    const { prompt, ask, asked, decided } = open;
    this.#open = undefined;
    prompt.edits.push({ id: by.id, identity: by.identity });
    decided.resolve(decision.kind === 'answer' ? wholeAnswer(ask, asked.ask, decision) : decision);
    this.#tellAsked(prompt, false);
    const line = sayDecided(by.author, asked.ask, decision);
    // It may be decided before we hear that the card stands.
    this.follow(this.#underWay.then(() => concludeAsk(this.#parts, open.asked.message, line)));
  }

  /** The turn is over. Resolves when nothing of its asks is under way; a card that nobody decided says so unless it is parked. */
  async end(isParked: boolean): Promise<void> {
    await this.#underWay;
    const left = this.#open;
    this.#open = undefined;
    if (left !== undefined && !isParked) await concludeAsk(this.#parts, left.asked.message, askWords.outOfDate);
  }

  async #ask(prompt: Prompt, ask: Ask, over: AbortSignal): Promise<Decision> {
    over.throwIfAborted();
    const decided = Promise.withResolvers<Decision>();
    const parked = prompt.resumes?.asked.prompt ?? heldOf(prompt);
    const asked = {
      id: randomUUID(),
      ask: boundAsk(ask),
      prompt: parked,
      message: '',
      at: Date.now(),
      isParked: false,
    };
    const open: Open = { prompt, ask, over, decided, asked };
    this.#open = open;
    const giveUp = (): void => decided.reject(new Error('The turn is over: nobody answers any more.'));
    over.addEventListener('abort', giveUp);
    this.follow(this.#show(open).catch(decided.reject));
    try {
      return await decided.promise;
    } finally {
      over.removeEventListener('abort', giveUp);
    }
  }

  async #show(open: Open): Promise<void> {
    const { session, permissionTimeoutMs } = this.#parts;
    const { prompt, asked } = open;
    const reply = {
      thread: threadOf(session),
      deliveryId: `ask:${asked.id}`,
      text: sayAsk(prompt.author, asked.ask, permissionTimeoutMs),
      kind: 'notice' as const,
      mention: prompt.author,
      buttons: askButtons(asked.id, asked.ask),
    };
    const message = await postAnswer(this.#parts, { reply, identities: [], since: prompt.ts });
    if (message === undefined) throw new Error('What the agent asked could not be shown.');
    open.asked = { ...asked, message };
    const { queue } = this.#parts;
    // Somebody was faster than Slack's answer.
    queue.withdraw(queue.all.filter((waiting) => this.takeAnswer(waiting)));
    await recordAsked(this.#parts, session, (before) => [...before.filter(({ isParked }) => isParked), open.asked]);
    open.waitingSince = performance.now();
    if (this.#open === open) this.#tellAsked(prompt, true);
  }

  #tellAsked({ session, identity }: Prompt, isOpen: boolean): void {
    this.#parts.tell({ type: 'turn.asked', session, turn: identity, data: { isOpen } });
  }
}

/** A model puts the same anew each time: of what it wants to do only that counts. A question is nothing but its words. */
function isSame(one: Asked['ask'], other: Asked['ask']): boolean {
  if (one.kind === 'permission' && other.kind === 'permission') return one.does === other.does;
  return isDeepStrictEqual(one, other);
}

/** A choice was made among what was shown; the agent hears it as it put it. */
function wholeAnswer(ask: Ask, shown: Ask, decision: Extract<Decision, { kind: 'answer' }>): Decision {
  const place = shown.kind === 'question' ? shown.choices.indexOf(decision.text) : -1;
  return { kind: 'answer', text: (ask.kind === 'question' ? ask.choices[place] : undefined) ?? decision.text };
}
