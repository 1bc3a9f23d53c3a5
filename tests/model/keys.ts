// What a person's keys hold, canonical: no time but past or ahead, generations and entry ids as small numbers.
import { writeRefs, type Name, type Ref } from './messages.ts';

/** A moment on Redis's clock. `none`: the field is absent, or 0. */
export type Moment = 'none' | 'past' | 'ahead';

export type Tries = {
  readonly id: number;
  readonly n: number;
  /** The generation of the open mark; -1 without one, 0 for one that nobody knows any more. */
  readonly open: number;
  /** How often a try was taken back. */
  readonly back: number;
};

export type Lease = {
  /** `none`: there is no such key. */
  readonly state: 'none' | 'idle' | 'launching' | 'running';
  readonly generation: number;
  readonly owner: string;
  readonly deadline: Moment;
  readonly failures: number;
  readonly notBefore: Moment;
  /** A cause not yet told, and the generation it is of. */
  readonly cause: string;
  readonly causeOf: number;
};

export type KeyFields = Lease & {
  readonly inbox: readonly Ref[];
  /** The last id that the stream gave; 0 where there is no stream. */
  readonly last: number;
  readonly tries: readonly Tries[];
  readonly seen: readonly Ref[];
  readonly dirty: boolean;
  readonly dead: readonly Name[];
};

/** `text` tells two of them apart. */
export type Keys = KeyFields & { readonly text: string };

/** Generation of a launch that nobody knows yet: above all others. */
export const newGeneration = 30;

export function keysOf(fields: KeyFields): Keys {
  const { state, generation, owner, deadline, failures, notBefore, cause, causeOf } = fields;
  const lease = [state[0], generation, owner, deadline[0], failures, notBefore[0], cause, causeOf].join(',');
  const tries = fields.tries.map(({ id, n, open, back }) => `${id}:${n}:${open}:${back}`).join(' ');
  const rest = [writeRefs(fields.inbox), fields.last, tries, writeRefs(fields.seen), fields.dirty ? 1 : 0];
  return { ...fields, text: `${lease}|${rest.join('|')}|${fields.dead.join(' ')}` };
}

export const noKeys = keysOf({
  state: 'none',
  generation: 0,
  owner: '',
  deadline: 'none',
  failures: 0,
  notBefore: 'none',
  cause: '',
  causeOf: 0,
  inbox: [],
  last: 0,
  tries: [],
  seen: [],
  dirty: false,
  dead: [],
});

/** Whether somebody holds the lease in time. */
export function isLive(keys: Keys): boolean {
  return keys.state === 'running' && keys.deadline === 'ahead';
}

export function isHeldBy(keys: Keys, generation: number, owner: string): boolean {
  return isLive(keys) && keys.generation === generation && keys.owner === owner;
}

/** With other numbers for the same generations. */
export function renumberKeys(keys: Keys, map: (generation: number) => number): Keys {
  return keysOf({
    ...keys,
    generation: map(keys.generation),
    causeOf: map(keys.causeOf),
    tries: keys.tries.map((one) => ({ ...one, open: one.open === -1 ? -1 : map(one.open) })),
  });
}

/** Other numbers for generations; `isSame` where they are the ones they were. */
export type Numbering = { readonly of: (generation: number) => number; readonly isSame: boolean };

/**
 * Small numbers in the same order; 0 stays 0. Where the clock is slow the next generation is the last one plus 1, so that
 * a neighbour stays a neighbour. `used` has a bit for each generation.
 */
export function smallNumbers(
  used: number,
  slowClock: boolean,
): Numbering & { readonly back: ReadonlyMap<number, number> } {
  const numbers = new Map([[0, 0]]);
  let before = 0;
  let number = 0;
  for (let one = 1; one <= newGeneration; one += 1) {
    if ((used & (1 << one)) === 0) continue;
    number += slowClock && number > 0 ? Math.min(one - before, 2) : 1;
    numbers.set(one, number);
    before = one;
  }
  const entries = [...numbers];
  return {
    of: (one) => numbers.get(one) ?? 0,
    isSame: entries.every(([one, small]) => one === small),
    back: new Map(entries.map(([one, small]) => [small, one])),
  };
}
