// Canonical keys to real ones and back: commands that put a person's keys into Redis, and the reading of what stands there.
import type { UserKey } from '@runnel/shared';
import { redisKeys } from '@runnel/shared/redis';
import type { ChainableCommander } from 'ioredis';
import { keysOf, newGeneration, type Keys, type Moment, type Tries } from './keys.ts';
import { allNames, messageOf, type Name, type Ref } from './messages.ts';

export const user: UserKey = 'T0:U0';
export const inboxKey = redisKeys.inbox(user);
export const leaseKey = redisKeys.lease(user);
export const triesKey = redisKeys.tries(user);
export const deadKey = redisKeys.dead(user);
const seenKeys = allNames.map((name) => redisKeys.seen(user, name));

/** Ids of a stream whose last entry is of the future go on from it, one by one: `<millisecond>-<number>`. */
const MILLISECOND = '4102444800000';
const FAR_MS = 10_000_000_000;
const OLD_GENERATION = '1';

/** How one call's numbers and moments look on the real clock. */
export class RealNumbers {
  readonly #now: number;
  readonly #slowClock: boolean;

  /** `now`: Redis's clock, in milliseconds. */
  constructor(now: number, slowClock: boolean) {
    this.#now = now;
    this.#slowClock = slowClock;
  }

  /** Behind the clock, so that the next one is the time; with a slow clock ahead of it, so that the next one is plus 1. */
  generation(number: number): string {
    if (number === 0) return OLD_GENERATION;
    return String(this.#slowClock ? this.#now + FAR_MS + number : this.#now - FAR_MS + number * 1_000);
  }

  moment(moment: Moment): string {
    if (moment === 'none') return '0';
    return String(moment === 'ahead' ? this.#now + FAR_MS : this.#now - FAR_MS);
  }

  id(number: number): string {
    return `${MILLISECOND}-${number}`;
  }

  readGeneration(text: string | undefined): number {
    if (text === undefined || text === OLD_GENERATION) return 0;
    const value = Number(text);
    const ahead = value - this.#now - FAR_MS;
    if (Number.isInteger(ahead) && ahead >= 0 && ahead < newGeneration) return ahead;
    const behind = (value - this.#now + FAR_MS) / 1_000;
    if (Number.isInteger(behind) && behind >= 0 && behind < newGeneration) return behind;
    return newGeneration;
  }

  readMoment(text: string | undefined): Moment {
    if (text === undefined || text === '0') return 'none';
    return Number(text) >= this.#now ? 'ahead' : 'past';
  }

  /** An id of another millisecond is the first one of a new stream: the next one after all that were ever given. */
  readId(text: string, next: number): number {
    const [millisecond, number] = text.split('-');
    return millisecond === MILLISECOND ? Number(number) : next;
  }
}

/** How many commands `restoreKeys` and `readKeys` add. */
export function restoreKeys(pipeline: ChainableCommander, keys: Keys, numbers: RealNumbers): void {
  pipeline.del(inboxKey, leaseKey, triesKey, deadKey, redisKeys.dirty, ...seenKeys);
  if (keys.state !== 'none') pipeline.hset(leaseKey, leaseFields(keys, numbers));
  for (const { id, name } of keys.inbox) {
    pipeline.xadd(inboxKey, numbers.id(id), 'i', name, 'p', messageOf(name).kind);
  }
  if (keys.last > (keys.inbox.at(-1)?.id ?? 0)) {
    pipeline.xadd(inboxKey, numbers.id(keys.last), 'i', '-', 'p', '-');
    pipeline.xdel(inboxKey, numbers.id(keys.last));
  }
  for (const tries of keys.tries) pipeline.hset(triesKey, triesFields(tries, numbers));
  for (const { id, name } of keys.seen) pipeline.set(redisKeys.seen(user, name), numbers.id(id));
  if (keys.dirty) pipeline.zadd(redisKeys.dirty, 1, user);
  for (const name of keys.dead) pipeline.xadd(deadKey, '*', 'cause', '-', 'id', '-', 'i', name, 'p', '-');
}

/** Tries that are nothing at all are in no state. */
function triesFields({ id, n, open, back }: Tries, numbers: RealNumbers): Record<string, string> {
  const of = numbers.id(id);
  return {
    ...(n === 0 ? {} : { [of]: String(n) }),
    ...(open === -1 ? {} : { [`open:${of}`]: numbers.generation(open) }),
    ...(back === 0 ? {} : { [`back:${of}`]: String(back) }),
  };
}

function leaseFields(keys: Keys, numbers: RealNumbers): Record<string, string> {
  const { state, generation, owner, deadline, failures, notBefore, cause, causeOf } = keys;
  return {
    state,
    generation: numbers.generation(generation),
    owner,
    deadline: numbers.moment(deadline),
    ...(failures === 0 ? {} : { failures: String(failures) }),
    ...(notBefore === 'none' ? {} : { notBefore: numbers.moment(notBefore) }),
    ...(cause === '' ? {} : { cause: `${numbers.generation(causeOf)} ${cause}` }),
  };
}

type Reply = [error: Error | null, result: unknown];

/** Asks for everything that stands there. Returns what reads the answers, given how the keys were before. */
export function readKeys(pipeline: ChainableCommander, numbers: RealNumbers): (replies: Reply[], before: Keys) => Keys {
  const at = pipeline.length;
  pipeline.hgetall(leaseKey).xrange(inboxKey, '-', '+').xinfo('STREAM', inboxKey).hgetall(triesKey);
  pipeline
    .mget(...seenKeys)
    .zscore(redisKeys.dirty, user)
    .xrange(deadKey, '-', '+');
  return (replies, before) => {
    const [lease, inbox, stream, tries, seen, dirty, dead] = replies.slice(at, at + 7).map(([, result]) => result);
    const next = Math.max(0, ...before.seen.map(({ id }) => id)) + 1;
    const idOf = (text: string): number => numbers.readId(text, next);
    return keysOf({
      ...readLease(new Map(Object.entries(lease as Record<string, string>)), numbers),
      inbox: (inbox as [string, string[]][]).map(([id, fields]) => ({ id: idOf(id), name: fields[1] as Name })),
      last: readLast(stream, idOf),
      tries: readTries(tries as Record<string, string>, idOf, numbers),
      seen: (seen as (string | null)[]).flatMap((id, index): Ref[] => {
        const name = allNames[index];
        return id === null || name === undefined ? [] : [{ id: idOf(id), name }];
      }),
      dirty: dirty !== null,
      dead: (dead as [string, string[]][]).map(([, fields]) => fields[fields.indexOf('i') + 1] as Name),
    });
  };
}

const LEASE_FIELDS = new Set(['state', 'generation', 'owner', 'deadline', 'failures', 'notBefore', 'cause']);

function readLease(hash: ReadonlyMap<string, string>, numbers: RealNumbers) {
  const state = (hash.get('state') ?? 'none') as Keys['state'];
  const strange = [...hash.keys()].find((field) => !LEASE_FIELDS.has(field));
  if (strange !== undefined) throw new Error(`The lease has a field that this model does not know: ${strange}`);
  const [causeOf, ...words] = (hash.get('cause') ?? '').split(' ');
  return {
    state,
    generation: numbers.readGeneration(hash.get('generation')),
    owner: hash.get('owner') ?? '',
    deadline: numbers.readMoment(hash.get('deadline')),
    failures: Number(hash.get('failures') ?? 0),
    notBefore: numbers.readMoment(hash.get('notBefore')),
    cause: words.join(' '),
    causeOf: words.length === 0 ? 0 : numbers.readGeneration(causeOf),
  };
}

/** There is no such stream before the first entry and after a release. */
function readLast(stream: unknown, idOf: (text: string) => number): number {
  if (!Array.isArray(stream)) return 0;
  const id: unknown = stream[stream.indexOf('last-generated-id') + 1];
  return typeof id === 'string' ? idOf(id) : 0;
}

function readTries(hash: Record<string, string>, idOf: (text: string) => number, numbers: RealNumbers): Tries[] {
  const tries = new Map<number, Tries>();
  for (const [field, value] of Object.entries(hash)) {
    const [what, of = ''] = field.split(':');
    const id = idOf(of === '' ? field : of);
    const known = {
      open: () => ({ open: numbers.readGeneration(value) }),
      back: () => ({ back: Number(value) }),
      n: () => ({ n: Number(value) }),
    };
    const before = tries.get(id) ?? { id, n: 0, open: -1, back: 0 };
    tries.set(id, { ...before, ...known[what === 'open' || what === 'back' ? what : 'n']() });
  }
  return [...tries.values()]
    .filter(({ n, open, back }) => n !== 0 || open !== -1 || back !== 0)
    .toSorted((one, other) => one.id - other.id);
}
