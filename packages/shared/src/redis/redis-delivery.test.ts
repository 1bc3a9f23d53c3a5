import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
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

test('dead letters keep the entry and its cause', async () => {
  const user = 'T0:UDEAD';
  await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
  const holder = { user, generation: (await delivery.lease(user)).generation, owner: 'p' } as const;
  await delivery.acquire(holder);
  expect(await delivery.acknowledge(holder, await delivery.backlog(user), 'too_many_tries')).toBe('ok');
  const [letter] = await redis.xrange(redisKeys.dead(user), '-', '+');
  expect(letter?.[1]).toEqual(expect.arrayContaining(['cause', 'too_many_tries', 'i', 'a']));
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
  await using primary = await startRedisServer();
  await using replica = await startRedisServer({ args: ['--replicaof', '127.0.0.1', String(primary.port)] });
  const client = connectRedis(primary.url, 'commands', () => undefined);
  try {
    const durable = new RedisDelivery(client, { ...deliveryTestSettings, replicas: 1 });
    await expect
      .poll(async () => (await client.info('replication')).includes('state=online'), { timeout: 10_000 })
      .toBe(true);
    const user = 'T0:UWAIT';
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
