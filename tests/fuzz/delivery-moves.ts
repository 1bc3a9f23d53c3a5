// What may be asked of an inbox and its lease, by anybody who could ask it, sensible or not.
import type { EntryPayload, UserKey } from '@runnel/shared';
import { anyPayload, hostileText } from '@runnel/shared/testing';
import fc from 'fast-check';

/** Of the generations that this person has had: the newest is 0. Or a text that never was one. */
type AnyGeneration = { readonly back: number } | { readonly text: string };
type AnyHolder = 'who holds it' | { readonly generation: AnyGeneration; readonly owner: string };
/** The n-th of the entries that were appended, from the newest on, or an id that never was one; perhaps under another identity than its own. */
type AnyEntry = { readonly nth: number; readonly id?: string; readonly identity?: string };

export type Move = { readonly user: UserKey } & (
  | { readonly do: 'enqueue'; readonly identity: string; readonly payload: EntryPayload }
  | { readonly do: 'acquire' | 'renew'; readonly by: AnyHolder }
  | { readonly do: 'begin'; readonly by: AnyHolder; readonly entry: AnyEntry }
  | { readonly do: 'acknowledge'; readonly by: AnyHolder; readonly entries: readonly AnyEntry[]; readonly dead: string }
  | { readonly do: 'release'; readonly by: AnyHolder; readonly mode: 'idle' | 'drain' }
  | { readonly do: 'end'; readonly by: AnyHolder; readonly cause: string; readonly counted: boolean }
  | { readonly do: 'sweep'; readonly told: 'nothing' | 'what it said' | { readonly cause: string } }
  | { readonly do: 'reopen' }
  | { readonly do: 'pass'; readonly ms: number }
);

/** The last two are no user keys: nobody can be called so, and nothing of theirs may touch the others. */
export const PEOPLE: readonly UserKey[] = ['T0:U0', 'T0:U1', 'T0:U0}:inbox\n\0', `{T0}:${'U'.repeat(5_000)}`];

const user = fc.oneof(
  { weight: 12, arbitrary: fc.constant<UserKey>('T0:U0') },
  { weight: 1, arbitrary: fc.constantFrom(...PEOPLE) },
);
/** Redis keeps bytes of UTF-8: half a surrogate pair would come back as another text. */
const text = hostileText.map((one) => one.toWellFormed());
const identity = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') }, text);
const generation = fc.oneof<fc.MaybeWeightedArbitrary<AnyGeneration>[]>(
  { weight: 20, arbitrary: fc.record({ back: fc.constantFrom(0, 0, 0, 0, 0, 1, 2) }) },
  { weight: 1, arbitrary: fc.record({ text }) },
);
const owner = fc.oneof({ weight: 15, arbitrary: fc.constantFrom('p', 'p', 'p', 'p', 'q') }, text);
const by = fc.oneof(fc.constant('who holds it' as const), fc.record({ generation, owner }));
const entry: fc.Arbitrary<AnyEntry> = fc.oneof(
  { weight: 15, arbitrary: fc.record({ nth: fc.nat({ max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ nth: fc.nat({ max: 5 }), identity }) },
  {
    weight: 1,
    arbitrary: fc.record({
      nth: fc.constant(0),
      id: fc.constantFrom('0-1', '1-1', '18446744073709551615-18446744073709551615'),
      identity,
    }),
  },
);
/** Around every border of the settings that the model runs under. */
const ms = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1, 5_000, 10_000, 20_000) },
  { weight: 1, arbitrary: fc.constantFrom(999, 59_999, 60_000, 60_001, 100_000, 600_000) },
);

export const anyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('enqueue' as const), user, identity, payload: anyPayload }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant('acquire' as const), user, by }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('renew' as const), user, by }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('begin' as const), user, by, entry }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('acknowledge' as const),
      user,
      by,
      entries: fc.array(entry, { maxLength: 4 }),
      dead: fc.oneof(fc.constant(''), fc.constant(''), text),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('release' as const), user, by, mode: fc.constantFrom('idle', 'drain') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      user,
      by,
      cause: fc.oneof(fc.constantFrom('', 'crash'), text),
      counted: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('sweep' as const),
      user,
      told: fc.oneof(fc.constantFrom('nothing', 'what it said'), fc.record({ cause: text })),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), user }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), user, ms }) },
);
