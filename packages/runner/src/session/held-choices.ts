// Stage: what a session's person chooses about held prompts. An entry that revives them stays in the inbox until each has its answer.
import type { EntryRef } from '@runnel/shared';
import { isAfter } from '../read-inbox.ts';
import type { Covered } from '../store/session-store.ts';
import { settle } from '../turn/settle-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import { wordOf } from '../turn/word-of.ts';
import { answerDiscard, answerTooLate, type Choice, type RunKept } from './answer-lane.ts';
import { decideChoice } from './decide-choice.ts';
import { isRevivedBy } from './held-prompts.ts';
import { isForAgent } from './is-for-agent.ts';
import type { LaneParts } from './lane-parts.ts';
import type { ParkedAsks } from './parked-asks.ts';
import { showChoice } from './show-choice.ts';

export class HeldChoices {
  readonly #parts: LaneParts;
  #revivals: EntryRef[] = [];
  #owed: EntryRef[] = [];
  /** Say that what was kept may run: in their place among the messages, for one before them may bring it back. */
  #runKept: RunKept[] = [];

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Answers that a predecessor covered and may not have posted. */
  get owed(): readonly EntryRef[] {
    return this.#owed;
  }

  /** An entry that revived prompts of which none is left. */
  get done(): EntryRef | undefined {
    const { all } = this.#parts.queue;
    return this.#revivals.find(({ identity }) => !all.some((one) => one.revivedBy?.identity === identity));
  }

  /** Acts at once. Resolves when it is settled, or shown where its turns come later. */
  async act(choice: Choice, isBusy: boolean): Promise<void> {
    const answered = this.#answeredFor(choice);
    const facts = { openTo: this.#parts.held.openTo, hasBegun: answered.length > 0 };
    switch (decideChoice(choice.payload, facts)) {
      case 'revive':
        return this.#revive(choice, { answered, isBusy });
      case 'discard':
        return this.#discard(choice);
      case 'too_late':
        return settle(this.#parts, {
          session: this.#parts.session,
          entries: [choice],
          answer: answerTooLate(choice),
          save: false,
        });
    }
  }

  /** Those whose prompts a stop takes back: they are settled with it. */
  takeBefore(id: string): EntryRef[] {
    const taken = this.#revivals.filter((revival) => isAfter(id, revival.id));
    this.#revivals = this.#revivals.filter((revival) => !taken.includes(revival));
    return taken;
  }

  /** And those that would have had the same run: it was tried just now. */
  takeAll(): EntryRef[] {
    return [...this.#revivals.splice(0), ...this.#runKept.splice(0)];
  }

  /** Its turn comes among the messages. */
  addRunKept(entry: RunKept): undefined {
    this.#runKept.push(entry);
  }

  /** What is to be done about what lacked a credential, ahead of the turn of this message, the first one that waits. */
  ahead(first: Prompt | undefined, parked: ParkedAsks): (() => Promise<void>) | undefined {
    const [entry] = this.#runKept;
    const isFirst = entry !== undefined && (first === undefined || isAfter(first.id, entry.id));
    if (isFirst) return () => this.#beginKept(entry);
    return first && this.#bringing(first, parked);
  }

  /** Its person may have stopped or discarded all of it, or run it: then of this one no more is left than what it answered. */
  async #beginKept(entry: RunKept): Promise<void> {
    this.#runKept = this.#runKept.filter((one) => one !== entry);
    const { session, held, queue } = this.#parts;
    const isAsked = held.isLacking && (await isForAgent(this.#parts, session, entry.payload.agent));
    // Meanwhile they may have chosen.
    const isBegun = isAsked && held.isLacking;
    const answered = this.#answeredFor(entry);
    if (answered.length === 0 && !isBegun) return settle(this.#parts, { session, entries: [entry], save: false });
    this.#revivals.push(entry);
    this.#owed.push(...answered);
    if (isBegun) for (const prompt of held.reviveLacking(entry, session)) queue.add(prompt, false);
  }

  /** What this message does where something lacked a credential: that runs before it. What answers a question goes on with its turn. */
  #bringing(prompt: Prompt, parked: ParkedAsks): (() => Promise<void>) | undefined {
    const isFresh = prompt.revivedBy === undefined && prompt.resumes === undefined;
    if (!isFresh || !this.#parts.held.isLacking) return undefined;
    // A word about the agent may be what mends it.
    const isWork = parked.answeredBy(prompt) === undefined && wordOf(prompt) === undefined;
    return isWork ? () => this.#bring(prompt) : undefined;
  }

  /** It takes its turn behind what it brings back, and stays in the inbox until each has its answer. */
  async #bring(prompt: Prompt): Promise<void> {
    const { session, held, queue } = this.#parts;
    queue.withdraw([prompt]);
    const { change, prompts } = held.bringBack(prompt);
    this.#revivals.push(prompt);
    for (const one of prompts) queue.add(one, false);
    await settle(this.#parts, { session, entries: prompt.edits, held: change, save: false });
  }

  /** Whether a runner before this one had begun with that, which then goes on. */
  bringsAgain(prompt: Prompt): boolean {
    const { held, queue } = this.#parts;
    const answered = this.#answeredFor(prompt);
    if (answered.length === 0 && !held.holds(prompt.identity)) return false;
    this.#revivals.push(prompt);
    this.#owed.push(...answered);
    for (const one of held.reviveLacking(prompt, prompt.session)) queue.add(one, false);
    return true;
  }

  async settleDone(choice: EntryRef): Promise<void> {
    this.#revivals = this.#revivals.filter((revival) => revival !== choice);
    this.#mayChooseAgain();
    // Where one of them became a dead letter, this is what stands for it.
    const dead = this.#coveredBy(choice).find((one) => one.dead !== undefined)?.dead;
    const { session } = this.#parts;
    await settle(this.#parts, { session, entries: [choice], save: false, ...(dead === undefined ? {} : { dead }) });
  }

  /** Those of them that are settled now. */
  pay(isSettled: (owed: EntryRef) => boolean): EntryRef[] {
    const paid = this.#owed.filter(isSettled);
    this.#owed = this.#owed.filter((one) => !paid.includes(one));
    return paid;
  }

  /** The entry is not where it was: what it revived waits for it again. */
  forget({ identity }: EntryRef): void {
    const { queue, letGo } = this.#parts;
    queue.remove(queue.all.filter((prompt) => prompt.revivedBy?.identity === identity));
    this.#revivals = this.#revivals.filter((revival) => revival.identity !== identity);
    this.#mayChooseAgain();
    letGo(identity);
  }

  /** About what no entry speaks of any more. */
  #mayChooseAgain(): void {
    if (this.#revivals.length === 0) this.#parts.held.reviveAgain();
  }

  #revive(choice: Choice, { answered, isBusy }: { answered: EntryRef[]; isBusy: boolean }): Promise<void> {
    const { session, held, queue } = this.#parts;
    this.#revivals.push(choice);
    this.#owed.push(...answered);
    for (const prompt of held.revive(choice.payload.target, choice, session)) queue.add(prompt, isBusy);
    return showChoice(this.#parts, choice);
  }

  async #discard(choice: Choice): Promise<void> {
    const { change, discarded } = this.#parts.held.discard(choice.payload.target);
    await Promise.all([
      showChoice(this.#parts, choice),
      settle(this.#parts, {
        session: this.#parts.session,
        entries: [choice],
        answer: answerDiscard(this.#parts, choice, discarded),
        held: change,
        save: false,
      }),
    ]);
  }

  #answeredFor(entry: EntryRef): EntryRef[] {
    return this.#coveredBy(entry).map(({ identity }) => ({ id: entry.id, identity }));
  }

  /** What it revived and is answered. */
  #coveredBy(choice: EntryRef): Covered[] {
    const covered = this.#parts.manifest.session(this.#parts.session)?.covered ?? [];
    return covered.filter((one) => isRevivedBy(choice, one.identity));
  }
}
