// What a session holds after a Stop until its person chooses. Every change is made here at once and returned for the manifest's next write.
import type { EntryRef, SessionKey } from '@runnel/shared';
import type { Held, HeldChange, HeldPrompt } from '../store/session-store.ts';
import type { Prompt } from '../turn/turn-parts.ts';

/** What a stop held: all that is held now, and what there was no room for. */
export type Holding = {
  readonly by: string;
  readonly held: readonly HeldPrompt[];
  readonly dropped: readonly Prompt[];
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
    if (prompts.length === 0) return { change: (held) => held, holding: undefined };
    const fresh = prompts.filter((prompt) => prompt.revivedBy === undefined);
    const room = Math.max(0, this.#most - this.messages.length);
    const kept = fresh.slice(0, room).map(heldOf);
    const change = this.#change((held) => ({
      by: stop,
      triesBefore: 0,
      prompts: [...(held?.prompts ?? []), ...kept],
    }));
    return { change, holding: { by: stop, held: this.#held?.prompts ?? [], dropped: fresh.slice(room) } };
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
    const { id, identity } = by;
    return this.#held.prompts.map((held) => ({
      ...held,
      id,
      identity: `${held.identity}${REVIVED_BY}${identity}`,
      message: held.identity,
      session,
      edits: [],
      revivedBy: { id, identity },
    }));
  }

  /** The entry that revived them has another place now: it revives them again from there. */
  reviveAgain(): void {
    this.#chosen = undefined;
  }

  #change(change: HeldChange): HeldChange {
    this.#held = change(this.#held);
    return change;
  }
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
