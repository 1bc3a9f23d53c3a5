// Inboxes and leases in memory, for unit tests: the same contract as the Redis scripts, on a clock that the test owns.
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  BeginAnswer,
  Delivery,
  End,
  EndAnswer,
  Enqueue,
  EnqueueAnswer,
  LaunchHint,
  ReleaseAnswer,
  SweepAnswer,
  UntoldCause,
} from '../delivery.ts';
import type { Entry, EntryRef } from '../entry.ts';
import type { Holder, Lease } from '../lease.ts';
import type { DeliverySettings } from '../redis/redis-delivery.ts';
import type { UserKey } from '../user-key.ts';

type Stored = { -readonly [K in Exclude<keyof Lease, 'now'>]: Lease[K] };

type Tries = { readonly n: number; readonly open?: string; readonly back?: number };

type Person = {
  inbox: Entry[];
  seen: Map<string, { entryId: string; until: number }>;
  tries: Map<string, Tries>;
  lease: Stored;
  untold?: UntoldCause;
  awakeUntil: number;
  dead: { entry: Entry; cause: string }[];
};

const nothing: LaunchHint = { kind: 'none' };

export class MemoryDelivery implements Delivery {
  readonly #settings: DeliverySettings;
  readonly #now: () => number;
  readonly #people = new Map<UserKey, Person>();
  readonly #dirty = new Set<UserKey>();
  #sequence = 0;

  constructor(settings: DeliverySettings, now: () => number = Date.now) {
    this.#settings = settings;
    this.#now = now;
  }

  async enqueue({ user, identity, payload }: Enqueue): Promise<EnqueueAnswer> {
    const person = this.#person(user);
    const seen = person.seen.get(identity);
    const append = (): string => {
      const id = `${this.#now()}-${this.#sequence++}`;
      person.inbox.push({ id, identity, payload: structuredClone(payload) });
      person.seen.set(identity, { entryId: id, until: this.#now() + this.#settings.seenMs });
      return id;
    };
    const isSeen = seen !== undefined && seen.until > this.#now();
    const isFull = payload.type === 'prompt' && person.inbox.length >= this.#settings.maxBacklog;
    const verdict = decideVerdict(isSeen, isFull);
    const known = isSeen ? seen.entryId : '';
    const entryId = verdict === 'queued' ? append() : known;
    if (person.inbox.length > 0) this.#dirty.add(user);
    return { verdict, entryId, hint: this.#hint(person) };
  }

  async seen(user: UserKey, identity: string): Promise<boolean> {
    return (this.#person(user).seen.get(identity)?.until ?? 0) > this.#now();
  }

  async acquire({ user, generation, owner }: Holder): Promise<'ok' | 'stale' | 'busy'> {
    const { lease } = this.#person(user);
    if (lease.generation !== generation || lease.state === 'idle') return 'stale';
    if (lease.state === 'running' && lease.owner !== owner) return 'busy';
    Object.assign(lease, { state: 'running', owner, deadline: this.#now() + this.#settings.leaseMs });
    return 'ok';
  }

  async begin(holder: Holder, entry: EntryRef): Promise<BeginAnswer> {
    const person = this.#fenced(holder);
    if (person === undefined) return { kind: 'lost' };
    if (!person.inbox.some((one) => isSame(one, entry))) return { kind: 'gone' };
    const tries: Tries = person.tries.get(entry.id) ?? { n: 0 };
    if (tries.open === holder.generation) return { kind: 'try', n: tries.n };
    const begun = { ...tries, n: tries.n + 1, open: holder.generation };
    person.tries.set(entry.id, begun);
    return { kind: 'try', n: begun.n };
  }

  async acknowledge(holder: Holder, entries: readonly EntryRef[], dead = ''): Promise<'ok' | 'lost'> {
    const person = this.#fenced(holder);
    if (person === undefined) return 'lost';
    for (const entry of entries) {
      const found = person.inbox.find((one) => isSame(one, entry));
      if (found === undefined) continue;
      if (dead !== '') person.dead.push({ entry: found, cause: dead });
      person.inbox = person.inbox.filter((one) => one !== found);
      person.tries.delete(entry.id);
    }
    Object.assign(person.lease, { failures: 0, notBefore: 0 });
    return 'ok';
  }

  async renew(holder: Holder): Promise<'ok' | 'lost'> {
    const { lease } = this.#person(holder.user);
    const rolledBack = lease.generation === holder.generation && lease.state === 'launching';
    if (this.#fenced(holder) === undefined && !rolledBack) return 'lost';
    Object.assign(lease, { state: 'running', owner: holder.owner, deadline: this.#now() + this.#settings.leaseMs });
    return 'ok';
  }

  async forget(holder: Holder): Promise<'ok' | 'lost'> {
    const person = this.#fenced(holder);
    if (person === undefined) return 'lost';
    person.dead = [];
    return 'ok';
  }

  async release(holder: Holder, mode: 'idle' | 'drain'): Promise<ReleaseAnswer> {
    const person = this.#fenced(holder);
    if (person === undefined) return { kind: 'lost' };
    if (person.inbox.length === 0) {
      person.tries.clear();
      Object.assign(person.lease, { state: 'idle', owner: '', deadline: 0 });
      return { kind: 'released' };
    }
    if (mode === 'idle') return { kind: 'busy', backlog: person.inbox.length };
    this.#takeBackTries(person, holder.generation);
    return { kind: 'handoff', generation: this.#launch(person) };
  }

  async backlog(user: UserKey): Promise<Entry[]> {
    return [...this.#person(user).inbox];
  }

  async next(user: UserKey, after: string, blockMs: number): Promise<Entry[]> {
    const found = (): Entry[] => {
      const inbox = this.#person(user).inbox;
      return inbox.filter((entry) => isAfter(entry.id, after));
    };
    for (let waited = 0; waited < blockMs && found().length === 0; waited += 1) await sleep(1);
    return found();
  }

  async tries(user: UserKey, entryId: string): Promise<number> {
    return this.#person(user).tries.get(entryId)?.n ?? 0;
  }

  async keepAwake(user: UserKey, ms: number): Promise<void> {
    this.#person(user).awakeUntil = this.#now() + ms;
  }

  async keptAwakeMs(user: UserKey): Promise<number> {
    return Math.max(0, this.#person(user).awakeUntil - this.#now());
  }

  async end({ user, generation, owner, cause, counted }: End): Promise<EndAnswer> {
    const person = this.#person(user);
    const { lease } = person;
    const isTheirs = lease.state === 'launching' || (lease.state === 'running' && lease.owner === owner);
    if (lease.generation !== generation || !isTheirs) {
      return {
        kind: 'stale',
        hint: lease.state === 'launching' ? { kind: 'wake', generation: lease.generation } : nothing,
      };
    }
    Object.assign(lease, { state: 'idle', owner: '', deadline: 0 });
    if (cause !== '') person.untold = { generation, cause };
    if (counted) return this.#backOff(lease);
    this.#takeBackTries(person, generation);
    const hint: LaunchHint = person.inbox.length === 0 ? nothing : { kind: 'wake', generation: this.#launch(person) };
    return { kind: 'ended', hint, circuitOpen: false };
  }

  async reopen(user: UserKey): Promise<LaunchHint> {
    const person = this.#person(user);
    Object.assign(person.lease, { failures: 0, notBefore: 0 });
    return this.#hint(person);
  }

  async sweep(user: UserKey, told?: UntoldCause): Promise<SweepAnswer> {
    const person = this.#person(user);
    if (told !== undefined && told.generation === person.untold?.generation && told.cause === person.untold.cause) {
      delete person.untold;
    }
    const untold = person.untold === undefined ? {} : { untold: person.untold };
    if (this.#isLive(person.lease)) return { kind: 'live', hint: nothing, ...untold };
    if (person.lease.state !== 'launching' && person.inbox.length === 0) {
      this.#dirty.delete(user);
      delete person.untold;
      return { kind: 'clean', hint: nothing };
    }
    const hint = this.#hint(person);
    return { kind: hint.kind === 'none' ? 'live' : hint.kind, hint, ...untold };
  }

  async dirtyUsers(): Promise<UserKey[]> {
    return [...this.#dirty];
  }

  async lease(user: UserKey): Promise<Lease> {
    return { ...this.#person(user).lease, now: this.#now() };
  }

  async settle(): Promise<void> {}

  /** What was set aside, with its cause; for tests to look at. */
  dead(user: UserKey): readonly { entry: Entry; cause: string }[] {
    return this.#person(user).dead;
  }

  #person(user: UserKey): Person {
    let person = this.#people.get(user);
    if (person === undefined) {
      const lease: Stored = { state: 'idle', generation: '0', owner: '', deadline: 0, failures: 0, notBefore: 0 };
      person = { inbox: [], seen: new Map(), tries: new Map(), lease, awakeUntil: 0, dead: [] };
      this.#people.set(user, person);
    }
    return person;
  }

  #fenced({ user, generation, owner }: Holder): Person | undefined {
    const person = this.#person(user);
    const { lease } = person;
    return lease.generation === generation && lease.owner === owner && this.#isLive(lease) ? person : undefined;
  }

  #isLive(lease: Stored): boolean {
    return lease.state === 'running' && lease.deadline >= this.#now();
  }

  #hint(person: Person): LaunchHint {
    const { lease } = person;
    if (lease.state === 'launching') return { kind: 'wake', generation: lease.generation };
    if (this.#isLive(lease) || person.inbox.length === 0) return nothing;
    if (lease.notBefore > this.#now()) return { kind: 'waits', until: lease.notBefore };
    return { kind: 'wake', generation: this.#launch(person) };
  }

  #launch(person: Person): string {
    const generation = String(Math.max(Number(person.lease.generation) + 1, this.#now()));
    Object.assign(person.lease, { state: 'launching', generation, owner: '', deadline: 0 });
    return generation;
  }

  #backOff(lease: Person['lease']): EndAnswer {
    const { backoffMs, backoffCapMs, circuitAfter, circuitMs } = this.#settings;
    lease.failures += 1;
    const circuitOpen = lease.failures >= circuitAfter;
    lease.notBefore =
      this.#now() + (circuitOpen ? circuitMs : Math.min(backoffCapMs, backoffMs * 2 ** (lease.failures - 1)));
    return { kind: 'ended', hint: { kind: 'waits', until: lease.notBefore }, circuitOpen };
  }

  #takeBackTries(person: Person, generation: string): void {
    for (const [id, tries] of person.tries) {
      const { n, open, back = 0 } = tries;
      if (open === generation) person.tries.set(id, { n: back < this.#settings.takeBacks ? n - 1 : n, back: back + 1 });
      else person.tries.set(id, { n, back });
    }
  }
}

function decideVerdict(isSeen: boolean, isFull: boolean): EnqueueAnswer['verdict'] {
  if (isSeen) return 'duplicate';
  return isFull ? 'full' : 'queued';
}

function isSame(one: EntryRef, other: EntryRef): boolean {
  return one.id === other.id && one.identity === other.identity;
}

function isAfter(id: string, after: string): boolean {
  const [ms = 0, seq = 0] = id.split('-').map(Number);
  const [afterMs = 0, afterSeq = 0] = after.split('-').map(Number);
  return ms > afterMs || (ms === afterMs && seq > afterSeq);
}
