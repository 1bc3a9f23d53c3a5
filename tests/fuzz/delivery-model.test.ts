// The scripts against the model in memory: moves of anybody, in any order, with any arguments, at any moment.
import type { UserKey } from '@runnel/shared';
import { connectRedis, RedisDelivery, redisKeys } from '@runnel/shared/redis';
import {
  checkProperty,
  deliveryTestSettings,
  freshRedisUrl,
  hostileText,
  patience,
  promptOf,
} from '@runnel/shared/testing';
import fc from 'fast-check';
import { ReplyError, type Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { anyMove } from './delivery-moves.ts';
import { DeliveryPair } from './delivery-pair.ts';

async function openRedis(): Promise<Redis> {
  const redis = connectRedis(await freshRedisUrl(), 'commands', (error) => expect.fail(error.message));
  // Each adapter listens to it.
  redis.setMaxListeners(0);
  onTestFinished(() => redis.disconnect());
  return redis;
}

test(
  'every verb answers and leaves behind what the model does, whoever calls it with whatever',
  patience(),
  async () => {
    const redis = await openRedis();
    const moves = fc.array(anyMove, { minLength: 20, maxLength: 120, size: 'max' });
    await checkProperty({ of: moves, runs: 150 }, async (some) => {
      const pair = await DeliveryPair.open(redis);
      for (const move of some) await pair.make(move);
      await pair.expectNothingElse();
    });
  },
);

const number = fc.constantFrom(Number.NaN, -1, 0, 0.5, 1, 2 ** 53, 1e308, -1e308, Infinity, -Infinity);
const settings = fc.record({
  leaseMs: number,
  seenMs: number,
  maxBacklog: number,
  backoffMs: number,
  backoffCapMs: number,
  circuitAfter: number,
  circuitMs: number,
  takeBacks: number,
});

test('no number in a setting makes a verb touch anybody else, or answer what is no answer', patience(), async () => {
  const redis = await openRedis();
  const sane = new RedisDelivery(redis, deliveryTestSettings);
  const other: UserKey = 'T0:UOTHER';
  await sane.enqueue({ user: other, identity: 'a', payload: promptOf('one') });
  const before = await holdings(redis, other);
  await checkProperty({ of: settings, runs: 60 }, async (numbers) => {
    const user: UserKey = 'T0:U0';
    const odd = new RedisDelivery(redis, { ...numbers, replicas: 0, waitMs: 1 });
    const answers = await callEverything(odd, user);
    for (const answer of answers) expect(answer).toMatch(ANSWERS);
    expect(await holdings(redis, other)).toEqual(before);
    await redis.del(redisKeys.lease(user), redisKeys.inbox(user), redisKeys.tries(user), redisKeys.seen(user, 'a'));
    expect((await redis.keys('*')).toSorted()).toEqual(
      [redisKeys.dirty, redisKeys.inbox(other), redisKeys.lease(other), redisKeys.seen(other, 'a')].toSorted(),
    );
  });
});

test('an id that is none is an error, and nothing is changed by it', patience(), async () => {
  const redis = await openRedis();
  const delivery = new RedisDelivery(redis, { ...deliveryTestSettings, leaseMs: 600_000 });
  const user: UserKey = 'T0:U0';
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const holder = { user, generation: (await delivery.lease(user)).generation, owner: 'p' };
  await delivery.acquire(holder);
  const before = await holdings(redis, user);
  await checkProperty({ of: hostileText.filter((id) => !/^[-+(]?\d*(-\d*)?$/.test(id)), runs: 100 }, async (id) => {
    await expect(delivery.begin(holder, { id, identity: 'a' })).rejects.toThrow(/stream ID/);
    await expect(delivery.acknowledge(holder, [{ id, identity: 'a' }], 'dead')).rejects.toThrow(/stream ID/);
    expect(await holdings(redis, user)).toEqual(before);
  });
});

const ANSWERS =
  /^(queued|duplicate|full|ok|stale|busy|lost|try|gone|released|handoff|ended|wake|waits|none|live|clean|error)$/;

/** Every verb once, in the order of a life; each answer as its kind. */
async function callEverything(delivery: RedisDelivery, user: UserKey): Promise<string[]> {
  const kinds: string[] = [];
  const call = async (work: () => Promise<unknown>): Promise<void> => {
    kinds.push(await work().then(kindOf, (error: unknown) => (error instanceof ReplyError ? 'error' : String(error))));
  };
  const holder = async () => ({ user, generation: (await delivery.lease(user)).generation, owner: 'p' });
  await call(() => delivery.enqueue({ user, identity: 'a', payload: promptOf('one') }));
  await call(async () => delivery.acquire(await holder()));
  await call(async () => delivery.renew(await holder()));
  const [entry] = await delivery.backlog(user);
  if (entry !== undefined) await call(async () => delivery.begin(await holder(), entry));
  await call(async () => delivery.release(await holder(), 'drain'));
  await call(async () => delivery.end({ ...(await holder()), cause: '', counted: true }));
  await call(() => delivery.sweep(user));
  await call(() => delivery.reopen(user));
  await call(async () => delivery.acknowledge(await holder(), entry === undefined ? [] : [entry]));
  await call(async () => delivery.end({ ...(await holder()), cause: '', counted: false }));
  return kinds;
}

function kindOf(answer: unknown): string {
  if (typeof answer === 'string') return answer;
  const { verdict, kind }: { verdict?: unknown; kind?: unknown } =
    typeof answer === 'object' && answer !== null ? answer : {};
  return String(verdict ?? kind);
}

async function holdings(redis: Redis, user: UserKey): Promise<unknown> {
  return Promise.all([
    redis.hgetall(redisKeys.lease(user)),
    redis.xrange(redisKeys.inbox(user), '-', '+'),
    redis.hgetall(redisKeys.tries(user)),
    redis.xlen(redisKeys.dead(user)),
  ]);
}
