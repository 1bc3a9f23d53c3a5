// What a session holds until its person chooses: after a Stop, and for want of a credential. Every change is made here at once and returned for the manifest's next write.
import type { EntryRef, SessionKey } from '@runnel/shared';
import type { Held, HeldChange, HeldPrompt } from '../store/session-store.ts';
import type { Prompt } from '../turn/turn-parts.ts';

/** All that is held now, and what there was no room for. */
export type Holding = {
  readonly by: string;
  readonly held: readonly HeldPrompt[];
  readonly dropped: readonly HeldPrompt[];
};

/** A prompt that was held takes its turn under an identity of its own: the message's is covered by the answer to the stop. */
const REVIVED_BY = '~';

export class HeldPrompts {
  readonly #most: number;
  #held: Held | undefined;
  /** The stop about whose held prompts somebody has chosen. */
  #chosen: string | undefined;

  constructor(held: Held | undefined, most: number) {
    this.#held = held;
    this.#most = most;
  }

  get messages(): readonly string[] {
    return this.#held?.prompts.map((prompt) => prompt.identity) ?? [];
  }

  /** The stop whose buttons still speak of something. */
  get openTo(): string | undefined {
    const by = this.#held?.by;
    return by === this.#chosen ? undefined : by;
  }

  /** What was held before stays, and is this stop's from now on. Without anything new nothing changes. */
  holdBehind(stop: string, prompts: readonly Prompt[]): { change: HeldChange; holding: Holding | undefined } {
    if (prompts.length === 0 && !this.isLacking) return { change: (held) => held, holding: undefined };
    const fresh = prompts.filter((prompt) => prompt.revivedBy === undefined).map(heldOf);
    // A new message does not touch what is stopped.
    return this.#hold(stop, (held) => [...held.map(withoutLack), ...fresh]);
  }

  /** What has no credential. Of it some may be held already. */
  keep(by: string, prompts: readonly HeldPrompt[]): { change: HeldChange; holding: Holding } {
    const isOf = (some: readonly HeldPrompt[], { identity }: HeldPrompt): boolean =>
      some.some((one) => one.identity === identity);
    return this.#hold(by, (held) => [
      ...held.map((one) => (isOf(prompts, one) ? lacking(one) : one)),
      ...prompts.filter((one) => !isOf(held, one)).map(lacking),
    ]);
  }

  /** Whether there is something that the next message, or a launcher with a credential, has run again. */
  get isLacking(): boolean {
    return this.openTo !== undefined && this.hasMarked;
  }

  /** The same, whether or not it is about to run. */
  get hasMarked(): boolean {
    return this.#lacking.length > 0;
  }

  holds(message: string): boolean {
    return this.messages.includes(message);
  }

  /** What has no credential, as prompts in the place of a message that comes behind it and is the last of them. */
  bringBack(by: Prompt): { change: HeldChange; prompts: Prompt[] } {
    const change = this.#change(
      (held) => held && { ...held, triesBefore: 0, prompts: [...held.prompts, lacking(heldOf(by))] },
    );
    return { change, prompts: this.reviveLacking(by, by.session) };
  }

  /** The same where what revives them is none of them, or is held or answered by then. */
  reviveLacking(by: EntryRef, session: SessionKey): Prompt[] {
    this.#chosen = this.#held?.by;
    return this.#lacking.map(revivedBy(by, session));
  }

  /** Answered, or withdrawn. `triesBefore` where the next one's tries begin to count. */
  letGo(message: string, triesBefore?: number): HeldChange {
    return this.#change((held) => {
      const prompts = held?.prompts.filter((prompt) => prompt.identity !== message) ?? [];
      if (held === undefined || prompts.length === 0) return undefined;
      return { ...held, prompts, triesBefore: triesBefore ?? held.triesBefore };
    });
  }

  changeText(message: string, text: string): HeldChange {
    return this.#change(
      (held) =>
        held && {
          ...held,
          prompts: held.prompts.map((prompt) => (prompt.identity === message ? { ...prompt, text } : prompt)),
        },
    );
  }

  /** Forgets what that stop holds. */
  discard(stop: string): { change: HeldChange; discarded: readonly HeldPrompt[] } {
    const discarded = this.#held?.by === stop ? this.#held.prompts : [];
    return { change: this.#change((held) => (held?.by === stop ? undefined : held)), discarded };
  }

  /** What that stop holds, as prompts in the place of the entry that revives them. It stays held until each is answered. */
  revive(stop: string, by: EntryRef, session: SessionKey): Prompt[] {
    if (this.#held?.by !== stop) return [];
    this.#chosen = stop;
    return this.#held.prompts.map(revivedBy(by, session));
  }

  /** Nothing is about to run any more: what is held waits as before. */
  reviveAgain(): void {
    this.#chosen = undefined;
  }

  get #lacking(): readonly HeldPrompt[] {
    return this.#held?.prompts.filter(({ lacks }) => lacks !== undefined) ?? [];
  }

  #hold(by: string, merge: (held: readonly HeldPrompt[]) => HeldPrompt[]): { change: HeldChange; holding: Holding } {
    const dropped = merge(this.#held?.prompts ?? []).slice(this.#most);
    const change = this.#change((held) => ({
      by,
      triesBefore: 0,
      prompts: merge(held?.prompts ?? []).slice(0, this.#most),
    }));
    return { change, holding: { by, held: this.#held?.prompts ?? [], dropped } };
  }

  #change(change: HeldChange): HeldChange {
    this.#held = change(this.#held);
    return change;
  }
}

function revivedBy({ id, identity }: EntryRef, session: SessionKey): (held: HeldPrompt) => Prompt {
  return ({ lacks: _, ...held }) => ({
    ...held,
    id,
    identity: `${held.identity}${REVIVED_BY}${identity}`,
    message: held.identity,
    session,
    edits: [],
    revivedBy: { id, identity },
  });
}

function lacking(held: HeldPrompt): HeldPrompt {
  return { ...held, lacks: 'credential' };
}

function withoutLack({ lacks: _, ...held }: HeldPrompt): HeldPrompt {
  return held;
}

/** What is kept of a prompt that waits for its person. */
export function heldOf({ message, ts, author, text, fileNames, files }: Prompt): HeldPrompt {
  const details = files === undefined ? {} : { files: [...files] };
  return { identity: message, ts, author, text, fileNames: [...fileNames], ...details };
}

/** Whether a covered identity is that of a prompt which this entry revived. */
export function isRevivedBy({ identity }: EntryRef, covered: string): boolean {
  return covered.endsWith(`${REVIVED_BY}${identity}`);
}
