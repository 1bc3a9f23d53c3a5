import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, expect, test, vi } from 'vitest';
import { deliveryTestSettings, describeDelivery, promptOf } from '../testing/delivery.testsuite.ts';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { startRedisServer } from '../testing/redis-server.ts';
import { connectRedis } from './connect-redis.ts';
import { RedisDelivery } from './redis-delivery.ts';
import { redisKeys } from './redis-keys.ts';

const redis = connectRedis(await freshRedisUrl(), 'commands', (error) => expect.fail(error.message));
const delivery = new RedisDelivery(redis, deliveryTestSettings);
afterAll(() => redis.disconnect());

/** Redis's clock is the only clock: wait until it shows that much later. */
async function pass(ms: number, client: Redis = redis): Promise<void> {
  const until = (await clock(client)) + ms;
  while ((await clock(client)) < until) await sleep(5);
}

async function clock(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}

describeDelivery('Redis', async () => ({ delivery, pass }));

test('a server that forgot the scripts is given them again', async () => {
  await redis.script('FLUSH');
  expect(await delivery.enqueue({ user: 'T0:UFLUSH', identity: 'a', payload: promptOf('one') })).toMatchObject({
    verdict: 'queued',
  });
});

test('an entry of an unknown version is read as unreadable, with its text kept', async () => {
  await redis.xadd(redisKeys.inbox('T0:UNEW'), '*', 'i', 'a', 'p', '{"v":2}');
  const [entry] = await delivery.backlog('T0:UNEW');
  expect(entry?.payload).toEqual({ type: 'unreadable', raw: '{"v":2}' });
});

test('an entry whose session is no thread of Slack is unreadable, not answered into nowhere', async () => {
  const raw = JSON.stringify({ ...promptOf('one'), session: '::' });
  await redis.xadd(redisKeys.inbox('T0:UNOWHERE'), '*', 'i', 'a', 'p', raw);
  const [entry] = await delivery.backlog('T0:UNOWHERE');
  expect(entry?.payload).toEqual({ type: 'unreadable', raw });
});

test('dead letters keep the entry and its cause, until their person is forgotten, and with them events and trace', async () => {
  const user = 'T0:UDEAD';
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const holder = { user, generation: (await delivery.lease(user)).generation, owner: 'p' } as const;
  await delivery.acquire(holder);
  expect(await delivery.acknowledge(holder, await delivery.backlog(user), 'too_many_tries')).toBe('ok');
  const [letter] = await redis.xrange(redisKeys.dead(user), '-', '+');
  expect(letter?.[1]).toEqual(expect.arrayContaining(['cause', 'too_many_tries', 'i', 'a']));
  const all = [redisKeys.dead(user), redisKeys.events(user), redisKeys.trace(user)];
  for (const key of all.slice(1)) await redis.xadd(key, '*', 'what', 'they said');
  expect(await delivery.forget(holder)).toBe('ok');
  expect(await redis.exists(...all)).toBe(0);
  expect(await delivery.backlog(user)).toEqual([]);
});

test('an acquire that a failover rolled back is adopted by the next renewal', async () => {
  const user = 'T0:UROLL';
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const holder = { user, generation: (await delivery.lease(user)).generation, owner: 'p' } as const;
  await delivery.acquire(holder);
  await redis.hset(redisKeys.lease(user), 'state', 'launching', 'owner', '', 'deadline', 0);
  expect(await delivery.renew(holder)).toBe('ok');
  expect(await delivery.lease(user)).toMatchObject({ state: 'running', owner: 'p' });
});

test('a message is acknowledged only when the replica has it', async () => {
  await using primary = await startRedisServer({ args: ['--repl-diskless-sync-delay', '0'] });
  await using replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
  const client = connectRedis(primary.url, 'commands', () => undefined);
  try {
    const durable = new RedisDelivery(client, { ...deliveryTestSettings, replicas: 1 });
    const user = 'T0:UWAIT';
    // It counts as connected before it has read its first copy.
    await expect.poll(() => durable.settle({ user, generation: '0' }).catch(String)).toBeUndefined();
    expect(await durable.enqueue({ user, identity: 'a', payload: promptOf('one') })).toMatchObject({
      verdict: 'queued',
    });
    await durable.settle({ user, generation: '1' });
    await replica.kill();
    await expect(durable.enqueue({ user, identity: 'b', payload: promptOf('two') })).rejects.toMatchObject({
      code: 'not_durable',
    });
    await expect(
      durable.enqueue({ user, identity: 'b', payload: promptOf('two') }),
      'a duplicate is as little confirmed',
    ).rejects.toMatchObject({
      code: 'not_durable',
    });
    await expect(durable.settle({ user, generation: '1' })).rejects.toMatchObject({ code: 'not_durable' });
  } finally {
    client.disconnect();
  }
});

test('a full memory refuses new messages alone: runners keep their leases and make room', async () => {
  await using server = await startRedisServer();
  const client = connectRedis(server.url, 'commands', () => undefined);
  try {
    const full = new RedisDelivery(client, { ...deliveryTestSettings, leaseMs: 60_000 });
    const user = 'T0:UFULL';
    for (const identity of ['a', 'b']) await full.enqueue({ user, identity, payload: promptOf(identity) });
    const holder = { user, generation: (await full.lease(user)).generation, owner: 'p' } as const;
    const [dead, waiting] = await full.backlog(user);
    if (dead === undefined || waiting === undefined) throw new Error('two entries');
    await client.config('SET', 'maxmemory', '1');
    await expect(full.enqueue({ user, identity: 'c', payload: promptOf('c') })).rejects.toThrow('OOM');
    expect(await full.seen(user, 'c'), 'or its redelivery would be taken for a repetition').toBe(false);
    expect(await full.acquire(holder)).toBe('ok');
    expect(await full.renew(holder)).toBe('ok');
    expect(await full.begin(holder, waiting)).toEqual({ kind: 'try', n: 1 });
    expect(await full.acknowledge(holder, [dead], 'too_many_tries')).toBe('ok');
    const handoff = await full.release(holder, 'drain');
    if (handoff.kind !== 'handoff') throw new Error('an entry is left');
    const ended = await full.end({ ...handoff, user, owner: '', cause: 'crash', counted: true });
    expect(ended).toMatchObject({ kind: 'ended', hint: { kind: 'waits' } });
    await expect.poll(async () => (await full.sweep(user)).kind).toBe('wake');
  } finally {
    client.disconnect();
  }
});

test('a confirmation on another connection than the write says nothing: a reconnect in between is a failure', async () => {
  await using server = await startRedisServer();
  const client = connectRedis(server.url, 'commands', () => undefined);
  const killer = connectRedis(server.url, 'commands', () => undefined);
  try {
    await client.ping();
    const durable = new RedisDelivery(client, { ...deliveryTestSettings, replicas: 1 });
    // A new connection has written nothing, so that every replica has it.
    vi.spyOn(client, 'wait').mockResolvedValue(1);
    vi.spyOn(client, 'wait').mockImplementationOnce(async () => {
      const again = once(client, 'ready');
      await killer.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await again;
      return 1;
    });
    const request = { user: 'T0:UCUT', identity: 'a', payload: promptOf('one') } as const;
    await expect(durable.enqueue(request)).rejects.toMatchObject({ code: 'not_durable' });
    expect(await durable.enqueue(request)).toMatchObject({ verdict: 'duplicate' });
  } finally {
    client.disconnect();
    killer.disconnect();
  }
});

test('an inbox is never trimmed, and a blocked reader outlives that it is deleted', async () => {
  const user = 'T0:ULONG';
  const long = new RedisDelivery(redis, { ...deliveryTestSettings, maxBacklog: 10_000 });
  const identities = Array.from({ length: 1_500 }, (_, n) => String(n));
  await Promise.all(identities.map((identity) => long.enqueue({ user, identity, payload: promptOf(identity) })));
  const backlog = await long.backlog(user);
  expect(backlog.map((entry) => entry.identity)).toEqual(identities);
  const blocking = redis.duplicate();
  try {
    const reading = new RedisDelivery(blocking, deliveryTestSettings).next(user, backlog.at(-1)?.id ?? '', 10_000);
    await redis.del(redisKeys.inbox(user));
    await long.enqueue({ user, identity: 'later', payload: promptOf('later') });
    expect(await reading).toMatchObject([{ identity: 'later' }]);
  } finally {
    blocking.disconnect();
  }
});

test('of a person who sleeps there is the lease alone, and what was seen for a day', async () => {
  const user = 'T0:UASLEEP';
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const holder = { user, generation: (await delivery.lease(user)).generation, owner: 'p' } as const;
  await delivery.acquire(holder);
  const [entry] = await delivery.backlog(user);
  if (entry === undefined) throw new Error('an entry');
  await delivery.begin(holder, entry);
  await delivery.acknowledge(holder, [entry]);
  expect(await delivery.release(holder, 'idle')).toEqual({ kind: 'released' });
  const seen = redisKeys.seen(user, 'a');
  expect((await redis.keys(`{${user}}*`)).toSorted()).toEqual([redisKeys.lease(user), seen]);
  expect(await redis.pttl(seen)).toBeGreaterThan(0);
});
