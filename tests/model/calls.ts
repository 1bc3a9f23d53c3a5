// One call of a script, as the world makes it, and what it answers.
import type { Keys } from './keys.ts';
import type { Ref } from './messages.ts';

export type Verb = 'enqueue' | 'acquire' | 'begin' | 'acknowledge' | 'renew' | 'release' | 'end' | 'reopen' | 'sweep';

export type Call = {
  readonly verb: Verb;
  readonly generation?: number;
  readonly owner?: string;
  /** What else the verb is told, such as the mode of a release, in the order of its arguments. */
  readonly words?: readonly string[];
  readonly entries?: readonly Ref[];
};

/** What the scripts get from an installation's settings. */
export type ScriptSettings = { readonly maxBacklog: number; readonly circuitAfter: number };

export type Answer = {
  readonly kind: string;
  readonly hint: '' | 'wake' | 'waits' | 'open';
  /** What generation the hint speaks of; 0 where it has none. */
  readonly generation: number;
  /** The number of a try, the length of a backlog. */
  readonly n: number;
};

export type Outcome = {
  readonly answer: Answer;
  readonly keys: Keys;
  /** What of the contract the call broke. */
  readonly broken?: string;
};

export function writeCall({ verb, generation = 0, owner = '', words = [], entries = [] }: Call): string {
  const refs = entries.map((ref) => `${ref.id}${ref.name}`).join(' ');
  return `${verb},${generation},${owner},${words.join(',')},${refs}`;
}
