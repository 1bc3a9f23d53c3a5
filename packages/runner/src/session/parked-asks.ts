// What a session's person was asked in turns that are over. Every change is made here at once and returned for the manifest's next write.
import type { Decision } from '../agent/agent-provider.ts';
import type { Asked, AskedChange } from '../store/session-store.ts';
import type { Prompt } from '../turn/turn-parts.ts';

type Answer = Extract<Decision, { kind: 'answer' }>;

export class ParkedAsks {
  #parked: readonly Asked[];
  /** Those whose decision waits for its turn, or takes it. */
  readonly #taken = new Set<string>();

  constructor(asked: readonly Asked[]) {
    this.#parked = asked.filter(({ isParked }) => isParked);
  }

  /** Those that nobody has decided. */
  get undecided(): readonly Asked[] {
    return this.#parked.filter(({ id }) => !this.#taken.has(id));
  }

  /** Of their prompts, whether decided or not. */
  get messages(): readonly string[] {
    return this.#parked.map(({ prompt }) => prompt.identity);
  }

  add(asked: Asked): void {
    this.#parked = [...this.#parked, asked];
  }

  take({ id }: Asked): void {
    this.#taken.add(id);
  }

  /** Its decision is not where it was. */
  giveBack({ id }: Asked): void {
    this.#taken.delete(id);
  }

  /** The question without choices that this message answers: it was written after the card. */
  answeredBy({ ts }: Prompt): Asked | undefined {
    return this.undecided.findLast((asked) => isAnswerTo(asked, ts));
  }

  letGo(gone: readonly Asked[]): AskedChange {
    const isGone = ({ id }: Asked): boolean => gone.some((one) => one.id === id);
    this.#parked = this.#parked.filter((one) => !isGone(one));
    return (asked) => asked.filter((one) => !isGone(one));
  }

  letGoOf(message: string): { change: AskedChange; gone: readonly Asked[] } {
    const gone = this.#parked.filter(({ prompt }) => prompt.identity === message);
    return { change: this.letGo(gone), gone };
  }

  letGoOfAll(): { change: AskedChange; gone: readonly Asked[] } {
    const gone = this.#parked;
    this.#parked = [];
    return { change: () => [], gone };
  }
}

/** What a message says to a question. */
export function answerIn({ text, fileNames }: Prompt, decode: (text: string) => string): Answer {
  return { kind: 'answer', text: text === '' ? fileNames.join(', ') : decode(text) };
}

/** Whether a message of that Slack ts is the answer to a question without choices. */
export function isAnswerTo({ ask, message }: Asked, ts: string): boolean {
  const isOpenToText = ask.kind === 'question' && ask.choices.length === 0 && message !== '';
  return isOpenToText && Number(ts) > Number(message);
}
