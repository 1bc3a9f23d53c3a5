// Stage: what a session's person chooses about held prompts. An entry that revives them stays in the inbox until each has its answer.
import type { EntryRef } from '@runnel/shared';
import { isAfter } from '../read-inbox.ts';
import type { Covered } from '../store/session-store.ts';
import { settle } from '../turn/settle-turn.ts';
import { answerDiscard, answerTooLate, type Choice } from './answer-lane.ts';
import { decideChoice } from './decide-choice.ts';
import { isRevivedBy } from './held-prompts.ts';
import type { LaneParts } from './lane-parts.ts';
import { showChoice } from './show-choice.ts';

export class HeldChoices {
  readonly #parts: LaneParts;
  #revivals: Choice[] = [];
  #owed: EntryRef[] = [];

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Answers that a predecessor covered and may not have posted. */
  get owed(): readonly EntryRef[] {
    return this.#owed;
  }

  /** An entry that revived prompts of which none is left. */
  get done(): Choice | undefined {
    const { all } = this.#parts.queue;
    return this.#revivals.find(({ identity }) => !all.some((one) => one.revivedBy?.identity === identity));
  }

  /** Acts at once. Resolves when it is settled, or shown where its turns come later. */
  async act(choice: Choice, isBusy: boolean): Promise<void> {
    const answered = this.#coveredBy(choice).map(({ identity }) => ({ id: choice.id, identity }));
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
  takeBefore(id: string): Choice[] {
    const taken = this.#revivals.filter((revival) => isAfter(id, revival.id));
    this.#revivals = this.#revivals.filter((revival) => !taken.includes(revival));
    return taken;
  }

  async settleDone(choice: Choice): Promise<void> {
    this.#revivals = this.#revivals.filter((revival) => revival !== choice);
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
    const { queue, held, letGo } = this.#parts;
    queue.remove(queue.all.filter((prompt) => prompt.revivedBy?.identity === identity));
    this.#revivals = this.#revivals.filter((revival) => revival.identity !== identity);
    held.reviveAgain();
    letGo(identity);
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

  /** What it revived and is answered. */
  #coveredBy(choice: Choice): Covered[] {
    const covered = this.#parts.manifest.session(this.#parts.session)?.covered ?? [];
    return covered.filter((one) => isRevivedBy(choice, one.identity));
  }
}
