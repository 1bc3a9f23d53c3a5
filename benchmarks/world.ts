// What every benchmark of the protocol needs: a Redis of its own, the shipped adapters, people who never met.
import type { Entry, EntryPayload, Holder, UserKey } from '@runnel/shared';
import { deliverySettings } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { startRedisServer } from '@runnel/shared/testing';
import type { Redis } from 'ioredis';

export type World = AsyncDisposable & {
  readonly url: string;
  /** A connection of its own, closed with the world. */
  connect(use?: 'commands' | 'blocking'): Redis;
  deliveryOn(redis: Redis, seenMs?: number): RedisDelivery;
};

export async function openWorld(): Promise<World> {
  const server = await startRedisServer();
  const connections: Redis[] = [];
  return {
    url: server.url,
    connect(use = 'commands') {
      const redis = connectRedis(server.url, use, (error) => {
        throw error;
      });
      connections.push(redis);
      return redis;
    },
    deliveryOn: (redis, seenMs = 24 * 3600 * 1000) =>
      new RedisDelivery(
        redis,
        deliverySettings({ leaseMs: 30_000, seenMs, maxBacklog: 100, backoffMs: 5_000, redisReplicas: 0 }),
      ),
    async [Symbol.asyncDispose]() {
      for (const redis of connections) redis.disconnect();
      await server.stop();
    },
  };
}

/** A message of the length that people write. */
export const prompt: EntryPayload = {
  v: 1,
  type: 'prompt',
  session: 'T0:D0:1700000000.000100',
  author: 'U0ADA',
  at: 1_700_000_000_000,
  ts: '1700000000.000100',
  text: 'Find the failing test on the default branch and fix it, then open a pull request. '.repeat(3),
  fileNames: [],
};

/** Makes a person live: one message enqueued, its lease acquired, its entry acknowledged. */
export async function wakePerson(delivery: RedisDelivery, user: UserKey): Promise<{ holder: Holder; last: string }> {
  await delivery.enqueue({ user, identity: 'first', payload: prompt });
  const holder = { user, generation: (await delivery.lease(user)).generation, owner: 'benchmark' };
  await delivery.acquire(holder);
  const backlog: Entry[] = await delivery.backlog(user);
  await delivery.acknowledge(holder, backlog);
  return { holder, last: backlog.at(-1)?.id ?? '0' };
}
