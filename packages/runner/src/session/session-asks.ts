// Stage: what a session's person decides about what its agent asked, in the running turn or in one that is parked.
import { threadOf, type EntryRef } from '@runnel/shared';
import { askWords, sayDecided, sayExpired } from '../progress/ask-words.ts';
import type { Asked, AskedChange } from '../store/session-store.ts';
import { postAnswer } from '../turn/post-answer.ts';
import { settle } from '../turn/settle-turn.ts';
import type { Prompt } from '../turn/turn-parts.ts';
import { answerTooLate, replyId, type AskDecision } from './answer-lane.ts';
import { concludeAsk } from './conclude-ask.ts';
import { decideDecision } from './decide-decision.ts';
import type { LaneParts } from './lane-parts.ts';
import { answerIn, ParkedAsks } from './parked-asks.ts';
import { withEdits } from './prompt-queue.ts';
import { TurnAsks } from './turn-asks.ts';

type FinishedTurn = { readonly prompt: Prompt; readonly parked?: Asked };

export class SessionAsks {
  readonly turn: TurnAsks;
  readonly parked: ParkedAsks;
  readonly #parts: LaneParts;
  /** Cards that somebody pressed in time. */
  readonly #decided = new Set<string>();
  /** A predecessor's, whose turn runs again. */
  #orphans: readonly Asked[];

  constructor(parts: LaneParts) {
    const asked = parts.manifest.session(parts.session)?.asked ?? [];
    this.#parts = parts;
    this.turn = new TurnAsks(parts);
    this.parked = new ParkedAsks(asked);
    this.#orphans = asked.filter(({ isParked }) => !isParked);
  }

  /** One that its time-out has ended. */
  get expired(): Asked | undefined {
    return this.parked.undecided.find(({ at }) => Date.now() - at > this.#parts.permissionTimeoutMs);
  }

  /** Acts at once. Resolves when that is shown. */
  async act(control: AskDecision, isBusy: boolean): Promise<void> {
    const { payload, id, identity } = control;
    const open = this.turn.open;
    const asked = [...(open === undefined ? [] : [open]), ...this.parked.undecided].find(
      (one) => one.id === payload.target,
    );
    const outcome = decideDecision(payload, { asked, permissionTimeoutMs: this.#parts.permissionTimeoutMs });
    if (outcome.kind === 'too_late' || asked === undefined) return this.#tellTooLate(control);
    if (outcome.kind === 'expired') return this.settleExpired(asked, [control]);
    const { decision } = outcome;
    this.#decided.add(payload.message);
    if (outcome.kind === 'answer') return this.turn.decide(decision, { id, identity, author: payload.author });
    this.parked.take(asked);
    this.#parts.queue.add({ ...promptOf(asked, this.#parts), id, identity, resumes: { asked, decision } }, isBusy);
    return concludeAsk(this.#parts, asked.message, sayDecided(payload.author, asked.ask, decision));
  }

  /** The prompt as its turn begins: it may be the answer to a parked question. */
  resume(prompt: Prompt): Prompt {
    const asked = prompt.resumes === undefined ? this.parked.answeredBy(prompt) : undefined;
    if (asked === undefined) return prompt;
    this.parked.take(asked);
    const decision = answerIn(prompt, this.#parts.decode);
    this.turn.follow(concludeAsk(this.#parts, asked.message, sayDecided(prompt.author, asked.ask, decision)));
    return { ...prompt, resumes: { asked, decision } };
  }

  /** What the record still asks once this turn is settled. `givenUp` is what it would have been parked with. */
  finish({ prompt, parked: givenUp }: FinishedTurn, parked?: Asked): AskedChange {
    const change = this.parked.letGo([prompt.resumes?.asked, givenUp].filter((one) => one !== undefined));
    return (asked) => [...change(asked).filter((one) => one.isParked), ...(parked === undefined ? [] : [parked])];
  }

  /** It counts as denied, and its turn as over. A crash in between finds the answer by its delivery id. */
  async settleExpired(asked: Asked, entries: readonly EntryRef[] = []): Promise<void> {
    const { session } = this.#parts;
    const change = this.parked.letGo([asked]);
    const { author, identity } = asked.prompt;
    const text = sayExpired(author, asked.ask);
    const reply = {
      thread: threadOf(session),
      deliveryId: replyId(identity),
      kind: 'final' as const,
      text,
      mention: author,
    };
    await postAnswer(this.#parts, { reply, identities: [identity], since: asked.message, maybePosted: true });
    await concludeAsk(this.#parts, asked.message, askWords.expired);
    await settle(this.#parts, { session, entries, asked: change, save: false });
  }

  /** The message of a parked turn was deleted: whatever was decided about it does not run. */
  async withdraw(message: string, by: EntryRef): Promise<void> {
    const { session, queue } = this.#parts;
    const { change, gone } = this.parked.letGoOf(message);
    const decided = queue.all.filter(({ resumes }) => resumes?.asked.prompt.identity === message);
    queue.withdraw(decided);
    const entries = [...decided.flatMap(withEdits), by];
    await Promise.all([this.conclude(gone), settle(this.#parts, { session, entries, asked: change, save: false })]);
  }

  /** Cards whose buttons decide nothing any more. */
  async conclude(gone: readonly Asked[]): Promise<void> {
    await Promise.all(gone.map(({ message }) => concludeAsk(this.#parts, message, askWords.outOfDate)));
  }

  concludeOrphans(): Promise<void> {
    const orphans = this.#orphans;
    this.#orphans = [];
    return this.conclude(orphans);
  }

  async #tellTooLate(control: AskDecision): Promise<void> {
    const { session } = this.#parts;
    const { message } = control.payload;
    // A card that nobody knows any more: its runner ended before it was kept.
    const isKnown = this.#decided.has(message) || this.turn.open?.message === message;
    if (!isKnown) await concludeAsk(this.#parts, message, askWords.outOfDate);
    await settle(this.#parts, { session, entries: [control], answer: answerTooLate(control), save: false });
  }
}

/** The parked prompt, in the place of the entry that decides. */
function promptOf({ prompt }: Asked, { session }: LaneParts): Omit<Prompt, 'id'> {
  const { identity, author, ts, fileNames, files, text } = prompt;
  return { identity, session, author, message: identity, ts, fileNames, files, text, edits: [] };
}
