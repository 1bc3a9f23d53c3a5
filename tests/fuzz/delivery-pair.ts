// One person's inbox twice: the scripts on a real Redis, and the model in memory. Every move is made on both and must show the same.
import {
  isUserKey,
  type Delivery,
  type EnqueueAnswer,
  type EntryRef,
  type Holder,
  type SweepAnswer,
  type UntoldCause,
  type UserKey,
} from '@runnel/shared';
import { RedisDelivery, redisKeys, type DeliverySettings } from '@runnel/shared/redis';
import { MemoryDelivery } from '@runnel/shared/testing';
import type { Redis } from 'ioredis';
import { expect } from 'vitest';
import { clockedRedis, type ClockedRedis } from './clocked-redis.ts';
import { PEOPLE, type Move } from './delivery-moves.ts';

const modelSettings: DeliverySettings = {
  leaseMs: 60_000,
  seenMs: 600_000,
  maxBacklog: 3,
  backoffMs: 5_000,
  backoffCapMs: 20_000,
  circuitAfter: 3,
  circuitMs: 100_000,
  takeBacks: 2,
  replicas: 0,
  waitMs: 500,
};

/** An entry under the ids that both sides gave it. */
type Known = { readonly identity: string; readonly redis: string; readonly memory: string };

export class DeliveryPair {
  readonly #real: Redis;
  readonly #clock: ClockedRedis;
  readonly #redis: RedisDelivery;
  readonly #memory: MemoryDelivery;
  readonly #known = new Map<UserKey, Known[]>();
  readonly #generations = new Map<UserKey, string[]>();
  readonly #untold = new Map<UserKey, UntoldCause>();
  /** Redis's own clock decides when a key expires: what is over by ours is taken away. */
  readonly #seenUntil = new Map<string, number>();
  #now = 1_700_000_000_000;

  private constructor(real: Redis) {
    this.#real = real;
    this.#clock = clockedRedis(real);
    this.#redis = new RedisDelivery(this.#clock.redis, modelSettings);
    this.#memory = new MemoryDelivery(modelSettings, () => this.#now);
  }

  /** The client's database is emptied first. */
  static async open(real: Redis): Promise<DeliveryPair> {
    await real.flushdb();
    const pair = new DeliveryPair(real);
    await pair.#clock.set(pair.#now);
    return pair;
  }

  async make(move: Move): Promise<void> {
    const { user } = move;
    if (move.do === 'pass') {
      await this.#pass(move.ms);
    } else {
      const redis = await this.#ask(this.#redis, move, 'redis');
      const memory = await this.#ask(this.#memory, move, 'memory');
      if (move.do === 'enqueue') this.#remember(move, redis, memory);
      expect(this.#withoutIds(user, redis, 'redis')).toEqual(this.#withoutIds(user, memory, 'memory'));
      if (isSweepAnswer(redis) && redis.untold !== undefined) this.#untold.set(user, redis.untold);
    }
    const { generation } = await this.#memory.lease(user);
    if (this.#past(user)[0] !== generation) this.#past(user).unshift(generation);
    await this.expectSame(user);
  }

  async expectSame(user: UserKey): Promise<void> {
    expect(await this.#look(this.#redis, user, 'redis')).toEqual(await this.#look(this.#memory, user, 'memory'));
    expect(await this.#deadInRedis(user)).toEqual(
      this.#memory.dead(user).map(({ entry, cause }) => [cause, entry.identity, entry.payload]),
    );
  }

  /** Everything that Redis holds belongs to somebody, and nobody has anything under another name. */
  async expectNothingElse(): Promise<void> {
    const { lease, inbox, tries, dead, dirty } = redisKeys;
    const names = PEOPLE.flatMap((user) => [lease(user), inbox(user), tries(user), dead(user)]);
    const allowed = new Set(['clock', dirty, ...names, ...this.#seenUntil.keys()]);
    expect((await this.#real.keys('*')).filter((key) => !allowed.has(key))).toEqual([]);
    for (const user of PEOPLE) await this.expectSame(user);
  }

  async #ask(delivery: Delivery, move: Exclude<Move, { do: 'pass' }>, side: Side): Promise<unknown> {
    const { user } = move;
    const holder = 'by' in move ? await this.#holder(user, move.by) : { user, generation: '', owner: '' };
    switch (move.do) {
      case 'enqueue':
        return delivery.enqueue(move);
      case 'acquire':
        return delivery.acquire(holder);
      case 'renew':
        return delivery.renew(holder);
      case 'begin':
        return delivery.begin(holder, this.#ref(user, side, move.entry));
      case 'acknowledge': {
        const entries = move.entries.map((entry) => this.#ref(user, side, entry));
        return delivery.acknowledge(holder, entries, move.dead);
      }
      case 'release':
        return delivery.release(holder, move.mode);
      case 'end':
        return delivery.end({ ...holder, cause: move.cause, counted: move.counted });
      case 'sweep':
        return delivery.sweep(user, this.#told(user, move.told));
      case 'reopen':
        return delivery.reopen(user);
    }
  }

  async #holder(user: UserKey, by: AnyHolder): Promise<Holder> {
    if (by === 'who holds it') {
      const { generation, owner } = await this.#memory.lease(user);
      // Who asks for a lease that nobody holds is the first of its launch.
      return { user, generation, owner: owner === '' ? 'p' : owner };
    }
    const { generation, owner } = by;
    return {
      user,
      owner,
      generation: 'text' in generation ? generation.text : (this.#past(user)[generation.back] ?? '0'),
    };
  }

  #ref(user: UserKey, side: Side, { nth, id, identity }: AnyEntry): EntryRef {
    const known = this.#entries(user);
    const found = known.at(-1 - (nth % Math.max(1, known.length)));
    return { id: id ?? found?.[side] ?? '0-1', identity: identity ?? found?.identity ?? '' };
  }

  #told(user: UserKey, told: Told): UntoldCause | undefined {
    if (told === 'nothing') return undefined;
    const said = this.#untold.get(user);
    return told === 'what it said' ? said : { generation: said?.generation ?? '0', cause: told.cause };
  }

  #remember({ user, identity }: { user: UserKey; identity: string }, redis: unknown, memory: unknown): void {
    if (!isQueued(redis) || !isQueued(memory)) return;
    this.#entries(user).push({ identity, redis: redis.entryId, memory: memory.entryId });
    this.#seenUntil.set(redisKeys.seen(user, identity), this.#now + modelSettings.seenMs);
  }

  /** Each side has ids of its own: which of the entries it is counts. */
  #withoutIds(user: UserKey, answer: unknown, side: Side): unknown {
    if (typeof answer !== 'object' || answer === null || !('entryId' in answer)) return answer;
    return { ...answer, entryId: this.#entries(user).findLastIndex((known) => known[side] === answer.entryId) };
  }

  async #look(delivery: Delivery, user: UserKey, side: Side): Promise<unknown> {
    const known = this.#entries(user);
    const [lease, backlog, dirty, tries, seen] = await Promise.all([
      delivery.lease(user),
      delivery.backlog(user),
      delivery.dirtyUsers(),
      Promise.all(known.map((one) => delivery.tries(user, one[side]))),
      Promise.all(known.map((one) => delivery.seen(user, one.identity))),
    ]);
    const entries = backlog.map(({ id, ...entry }) => ({ ...entry, nth: known.findIndex((one) => one[side] === id) }));
    return { lease, entries, dirty: dirty.filter(isUserKey).toSorted(), tries, seen };
  }

  async #deadInRedis(user: UserKey): Promise<unknown[]> {
    const rows = await this.#real.xrange(redisKeys.dead(user), '-', '+');
    return rows.map(([, [, cause, , , , identity, , payload = '']]) => [
      cause,
      identity,
      JSON.parse(payload) as unknown,
    ]);
  }

  async #pass(ms: number): Promise<void> {
    this.#now += ms;
    await this.#clock.set(this.#now);
    for (const [key, until] of this.#seenUntil) {
      if (until > this.#now) continue;
      expect(await this.#real.pttl(key)).toBeGreaterThan(0);
      await this.#real.del(key);
      this.#seenUntil.delete(key);
    }
  }

  #entries(user: UserKey): Known[] {
    const known = this.#known.get(user) ?? [];
    this.#known.set(user, known);
    return known;
  }

  /** The newest first. */
  #past(user: UserKey): string[] {
    const generations = this.#generations.get(user) ?? [];
    this.#generations.set(user, generations);
    return generations;
  }
}

type Side = 'redis' | 'memory';
type AnyHolder = Extract<Move, { do: 'renew' | 'acquire' }>['by'];
type AnyEntry = Extract<Move, { do: 'begin' }>['entry'];
type Told = Extract<Move, { do: 'sweep' }>['told'];

function isQueued(answer: unknown): answer is EnqueueAnswer {
  return typeof answer === 'object' && answer !== null && 'verdict' in answer && answer.verdict === 'queued';
}

function isSweepAnswer(answer: unknown): answer is SweepAnswer {
  return typeof answer === 'object' && answer !== null && 'untold' in answer;
}
