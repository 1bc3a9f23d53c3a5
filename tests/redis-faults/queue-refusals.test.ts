// A server that refuses: the queue's worker neither floods it nor its log, leaves time for everything else, and goes on afterwards.
import { setTimeout as sleep } from 'node:timers/promises';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { startRedisServer } from '@runnel/shared/testing';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';

type Refusal = readonly [
  name: string,
  begin: (redis: Redis) => Promise<unknown>,
  end: (redis: Redis) => Promise<unknown>,
];

const REFUSALS: readonly Refusal[] = [
  [
    'scripts were forbidden',
    (redis) => redis.acl('SETUSER', 'queue', '-@scripting'),
    (redis) => redis.acl('SETUSER', 'queue', '+@all'),
  ],
  [
    'the password was changed',
    async (redis) => {
      await redis.acl('SETUSER', 'queue', 'resetpass', '>other');
      await redis.client('KILL', 'USER', 'queue');
    },
    (redis) => redis.acl('SETUSER', 'queue', 'resetpass', '>right'),
  ],
];

test.each(REFUSALS)('%s: tens of commands and lines a second, not thousands', async (_, begin, end) => {
  await using server = await startRedisServer();
  const redis = new Redis(server.url);
  await redis.acl('SETUSER', 'queue', 'on', '>right', '~*', '&*', '+@all');
  const errors: Error[] = [];
  const queue = bullmqLaunchQueue({
    redisUrl: `redis://queue:right@127.0.0.1:${server.port}`,
    jobLockMs: 1_000,
    stalledCheckMs: 300,
    onError: (error) => errors.push(error),
  });
  const begun: string[] = [];
  const held = Promise.withResolvers<void>();
  // With all its places taken the worker does not know that nobody waits: it asks again at once, and not once in 5 s.
  const worker = await queue.work(1, async (job) => {
    begun.push(job.launch.user);
    await held.promise;
  });
  await queue.add({ user: 'T0:U1', generation: '1' });
  await queue.add({ user: 'T0:U2', generation: '1' });
  await expect.poll(() => begun).toEqual(['T0:U1']);

  await begin(redis);
  const before = await countCommands(redis);
  held.resolve();
  const usualWait = await watchEventLoop(3_000);
  const perSecond = ((await countCommands(redis)) - before) / 3;
  expect(perSecond).toBeLessThan(120);
  expect(errors.length / 3, 'lines a second').toBeLessThan(50);
  expect(usualWait, 'how long anything else had to wait').toBeLessThan(100);

  await end(redis);
  await expect.poll(() => begun).toContain('T0:U2');
  await worker.drain();
  await queue.close();
  redis.disconnect();
});

/** Resolves with how late a timer of 20 ms was as a rule, in milliseconds: the longest time is the machine's as often as ours. */
async function watchEventLoop(ms: number): Promise<number> {
  const end = performance.now() + ms;
  const waits: number[] = [];
  for (let last = performance.now(); last < end;) {
    await sleep(20);
    waits.push(performance.now() - last - 20);
    last = performance.now();
  }
  return waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)] ?? Infinity;
}

async function countCommands(redis: Redis): Promise<number> {
  const text = await redis.info('commandstats');
  return [...text.matchAll(/[:,](?:calls|rejected_calls)=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
}
