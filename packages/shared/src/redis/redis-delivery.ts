// Inboxes and leases on Redis: one script a verb, Redis's clock the only clock.
import type { Redis } from 'ioredis';
import type {
  BeginAnswer,
  Delivery,
  End,
  EndAnswer,
  Enqueue,
  EnqueueAnswer,
  InboxReader,
  LaunchHint,
  ReleaseAnswer,
  SweepAnswer,
  UntoldCause,
} from '../delivery.ts';
import { decodePayload, encodePayload, type Entry, type EntryRef } from '../entry.ts';
import { RunnelError, retryable } from '../errors.ts';
import type { Holder, Launch, Lease } from '../lease.ts';
import { isUserKey, type UserKey } from '../user-key.ts';
import { readAnswer } from './read-answer.ts';
import { redisKeys } from './redis-keys.ts';
import { redisRenewal } from './redis-renewal.ts';
import { loadScript } from './redis-script.ts';
import { redisTime } from './redis-time.ts';

/** All durations in milliseconds. */
export type DeliverySettings = {
  readonly leaseMs: number;
  readonly seenMs: number;
  /** How many entries an inbox holds before it refuses prompts. */
  readonly maxBacklog: number;
  readonly backoffMs: number;
  readonly backoffCapMs: number;
  /** From this failure in a row on, one try each `circuitMs`. */
  readonly circuitAfter: number;
  readonly circuitMs: number;
  /** How often a try of one entry does not count since its runner was drained or taken away; from then on it does. */
  readonly takeBacks: number;
  /** How many replicas must confirm a write before it is acknowledged; 0 where there is none. */
  readonly replicas: number;
  readonly waitMs: number;
};

export class RedisDelivery implements Delivery {
  readonly #redis: Redis;
  readonly #settings: DeliverySettings;
  readonly #scripts = {
    enqueue: loadScript('enqueue'),
    acquire: loadScript('acquire'),
    begin: loadScript('begin'),
    acknowledge: loadScript('acknowledge'),
    forget: loadScript('forget'),
    release: loadScript('release'),
    end: loadScript('end'),
    reopen: loadScript('reopen'),
    sweep: loadScript('sweep'),
  };
  readonly #renewal: Pick<InboxReader, 'renew'>;
  /** Counts connections: a `WAIT` on another connection than the write's says nothing about it. */
  #connection = 0;

  /** The client is borrowed: whoever opened it closes it. */
  constructor(redis: Redis, settings: DeliverySettings) {
    this.#redis = redis;
    this.#settings = settings;
    this.#renewal = redisRenewal(redis, settings.leaseMs);
    redis.on('connect', () => (this.#connection += 1));
  }

  async enqueue(request: Enqueue): Promise<EnqueueAnswer> {
    const { user, identity, payload } = request;
    const keys = [redisKeys.seen(user, identity), redisKeys.inbox(user), redisKeys.lease(user), redisKeys.dirty];
    const kind = payload.type === 'prompt' ? 'prompt' : 'control';
    const args = [user, identity, kind, encodePayload(payload), this.#settings.seenMs, this.#settings.maxBacklog];
    const [verdict, hint = '', value = '', entryId = ''] = await this.#durably(async () =>
      readAnswer(await this.#scripts.enqueue(this.#redis, keys, args)),
    );
    if (verdict !== 'queued' && verdict !== 'duplicate' && verdict !== 'full') throw unexpected('enqueue', verdict);
    return { verdict, entryId, hint: readHint(hint, value) };
  }

  async seen(user: UserKey, identity: string): Promise<boolean> {
    return (await this.#redis.exists(redisKeys.seen(user, identity))) === 1;
  }

  async acquire(holder: Holder): Promise<'ok' | 'stale' | 'busy'> {
    const answer = await this.#scripts.acquire(
      this.#redis,
      [redisKeys.lease(holder.user)],
      [holder.generation, holder.owner, this.#settings.leaseMs],
    );
    if (answer !== 'ok' && answer !== 'stale' && answer !== 'busy') throw unexpected('acquire', answer);
    return answer;
  }

  async begin(holder: Holder, entry: EntryRef): Promise<BeginAnswer> {
    const [kind, n] = readAnswer(
      await this.#scripts.begin(this.#redis, this.#runnerKeys(holder), [...fence(holder), entry.id, entry.identity]),
    );
    if (kind === 'gone' || kind === 'lost') return { kind };
    return { kind: 'try', n: Number(n) };
  }

  async acknowledge(holder: Holder, entries: readonly EntryRef[], dead = ''): Promise<'ok' | 'lost'> {
    const keys = [...this.#runnerKeys(holder), redisKeys.dead(holder.user)];
    const pairs = entries.flatMap((entry) => [entry.id, entry.identity]);
    return readFenced(
      'acknowledge',
      await this.#scripts.acknowledge(this.#redis, keys, [...fence(holder), dead, ...pairs]),
    );
  }

  async renew(holder: Holder): Promise<'ok' | 'lost'> {
    return this.#renewal.renew(holder);
  }

  async forget(holder: Holder): Promise<'ok' | 'lost'> {
    const { lease, dead, events, trace } = redisKeys;
    const keys = [lease, dead, events, trace].map((key) => key(holder.user));
    return readFenced('forget', await this.#scripts.forget(this.#redis, keys, fence(holder)));
  }

  async release(holder: Holder, mode: 'idle' | 'drain'): Promise<ReleaseAnswer> {
    const [kind, value = ''] = readAnswer(
      await this.#scripts.release(this.#redis, this.#runnerKeys(holder), [
        ...fence(holder),
        mode,
        this.#settings.takeBacks,
      ]),
    );
    if (kind === 'busy') return { kind, backlog: Number(value) };
    if (kind === 'handoff') return { kind, generation: value };
    if (kind === 'released' || kind === 'lost') return { kind };
    throw unexpected('release', kind);
  }

  async backlog(user: UserKey): Promise<Entry[]> {
    return readEntries(await this.#redis.xrange(redisKeys.inbox(user), '-', '+'));
  }

  async next(user: UserKey, after: string, blockMs: number): Promise<Entry[]> {
    const streams = await this.#redis.xread('BLOCK', blockMs, 'STREAMS', redisKeys.inbox(user), after);
    return (streams ?? []).flatMap(([, entries]) => readEntries(entries));
  }

  async tries(user: UserKey, entryId: string): Promise<number> {
    return Number((await this.#redis.hget(redisKeys.tries(user), entryId)) ?? 0);
  }

  async keepAwake(user: UserKey, ms: number): Promise<void> {
    if (ms > 0) await this.#redis.set(redisKeys.stay(user), '', 'PX', ms);
    else await this.#redis.del(redisKeys.stay(user));
  }

  async keptAwakeMs(user: UserKey): Promise<number> {
    return Math.max(0, await this.#redis.pttl(redisKeys.stay(user)));
  }

  async end(end: End): Promise<EndAnswer> {
    const { backoffMs, backoffCapMs, circuitAfter, circuitMs, takeBacks } = this.#settings;
    const args = [
      ...fence(end),
      end.counted ? 'counted' : 'uncounted',
      end.cause,
      backoffMs,
      backoffCapMs,
      circuitAfter,
      circuitMs,
      takeBacks,
    ];
    const [kind, hint = '', value = '', circuit] = readAnswer(
      await this.#scripts.end(this.#redis, this.#runnerKeys(end), args),
    );
    if (kind === 'stale') return { kind, hint: readHint(hint, value) };
    return { kind: 'ended', hint: readHint(hint, value), circuitOpen: circuit === 'open' };
  }

  async reopen(user: UserKey): Promise<LaunchHint> {
    const [kind = '', value = ''] = readAnswer(
      await this.#scripts.reopen(this.#redis, [redisKeys.lease(user), redisKeys.inbox(user)], []),
    );
    return readHint(kind, value);
  }

  async sweep(user: UserKey, told?: UntoldCause): Promise<SweepAnswer> {
    const keys = [redisKeys.lease(user), redisKeys.inbox(user), redisKeys.dirty];
    const mark = told === undefined ? '' : `${told.generation} ${told.cause}`;
    const [kind, value = '', cause = ''] = readAnswer(await this.#scripts.sweep(this.#redis, keys, [user, mark]));
    if (kind !== 'live' && kind !== 'clean' && kind !== 'wake' && kind !== 'waits') throw unexpected('sweep', kind);
    const [generation = '', ...words] = cause.split(' ');
    return {
      kind,
      hint: readHint(kind, value),
      ...(cause === '' ? {} : { untold: { generation, cause: words.join(' ') } }),
    };
  }

  async dirtyUsers(): Promise<UserKey[]> {
    return (await this.#redis.zrange(redisKeys.dirty, 0, '-1')).filter(isUserKey);
  }

  async lease(user: UserKey): Promise<Lease> {
    // One round trip, and the time first: what is over by it was over.
    const [now, fields] = await Promise.all([redisTime(this.#redis), this.#redis.hgetall(redisKeys.lease(user))]);
    const hash = new Map(Object.entries(fields));
    const state = hash.get('state');
    return {
      state: state === 'launching' || state === 'running' ? state : 'idle',
      generation: hash.get('generation') ?? '0',
      owner: hash.get('owner') ?? '',
      deadline: Number(hash.get('deadline') ?? 0),
      failures: Number(hash.get('failures') ?? 0),
      notBefore: Number(hash.get('notBefore') ?? 0),
      now,
    };
  }

  async settle(launch: Launch): Promise<void> {
    await this.#durably(() => this.#redis.set(redisKeys.settled, `${launch.user} ${launch.generation}`));
  }

  #runnerKeys({ user }: Launch): string[] {
    return [redisKeys.lease(user), redisKeys.inbox(user), redisKeys.tries(user)];
  }

  /** Runs a write and waits for the replicas, on one and the same connection. */
  async #durably<T>(write: () => Promise<T>): Promise<T> {
    const { replicas, waitMs } = this.#settings;
    if (replicas === 0) return write();
    const before = this.#connection;
    const answer = await write();
    const confirmed = await this.#redis.wait(replicas, waitMs);
    if (confirmed >= replicas && before === this.#connection) return answer;
    throw new RunnelError(
      'not_durable',
      `${confirmed} of ${replicas} replicas confirmed a write within ${waitMs} ms.`,
      { retry: retryable() },
    );
  }
}

function fence(holder: Holder): string[] {
  return [holder.generation, holder.owner];
}

function readHint(kind: string, value: string): LaunchHint {
  if (kind === 'wake') return { kind, generation: value };
  if (kind === 'waits') return { kind, until: Number(value) };
  return { kind: 'none' };
}

function readFenced(verb: string, answer: unknown): 'ok' | 'lost' {
  if (answer === 'ok' || answer === 'lost') return answer;
  throw unexpected(verb, answer);
}

function readEntries(rows: [id: string, fields: string[]][]): Entry[] {
  return rows.map(([id, [, identity = '', , payload = '']]) => ({ id, identity, payload: decodePayload(payload) }));
}

function unexpected(verb: string, answer: unknown): RunnelError {
  return new RunnelError('unknown', `The script ${verb} answered ${JSON.stringify(answer)}.`);
}
