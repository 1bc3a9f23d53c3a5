import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { expect, test } from 'vitest';
import type { LaunchJob, LaunchQueue } from '../launch-queue.ts';
import { launchQueueName, redisKeys } from '../redis/redis-keys.ts';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { describeLaunchQueue } from '../testing/launch-queue.testsuite.ts';
import { startRedisServer } from '../testing/redis-server.ts';
import { bullmqLaunchQueue } from './bullmq-launch-queue.ts';

const open = (redisUrl: string): LaunchQueue =>
  bullmqLaunchQueue({ redisUrl, jobLockMs: 1_000, stalledCheckMs: 300, onError: () => undefined });

describeLaunchQueue('BullMQ', async () => {
  const redisUrl = await freshRedisUrl();
  return { queue: open(redisUrl), again: () => open(redisUrl) };
});

test('the job of a worker that died is taken up by another one, and is not failed for it', async () => {
  const redisUrl = await freshRedisUrl();
  const queue = open(redisUrl);
  const launch = { user: 'T0:U1', generation: '7' } as const;
  await queue.add(launch);
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const dead = new Worker(launchQueueName, null, {
    connection,
    prefix: redisKeys.launchQueuePrefix,
    lockDuration: 300,
  });
  // Takes the job and never renews its lock: what a SIGKILL leaves.
  expect((await dead.getNextJob('token'))?.data).toEqual(launch);
  const taken: unknown[] = [];
  const worker = await queue.work(1, async (job) => void taken.push(job.launch));
  await expect.poll(() => taken).toEqual([launch]);
  await worker.drain();
  await dead.close(true);
  await queue.close();
});

test('what the handler throws fails the job with its reason, for the dashboard', async () => {
  const redisUrl = await freshRedisUrl();
  const queue = open(redisUrl);
  const view = new Queue(launchQueueName, { connection: { url: redisUrl }, prefix: redisKeys.launchQueuePrefix });
  await queue.add({ user: 'T0:U1', generation: '8' });
  const worker = await queue.work(1, async (job) => {
    await job.progress({ stage: 'starting', since: 1 });
    throw new Error('no image');
  });
  await expect
    .poll(async () => (await view.getFailed())[0])
    .toMatchObject({ failedReason: 'no image', progress: { stage: 'starting' } });
  await worker.drain();
  await view.close();
  await queue.close();
});

test('a worker that lost its jobs while Redis was away has a place for each of them again', async () => {
  await using server = await startRedisServer();
  const queue = open(server.url);
  const launches = ['1', '2'].map((n) => ({ user: `T0:U${n}` as const, generation: '9' }));
  for (const launch of launches) await queue.add(launch);
  const begun: string[] = [];
  const underWay = new Set<LaunchJob>();
  const worker = await queue.work(2, async (job) => {
    begun.push(job.launch.user);
    underWay.add(job);
    if (!job.signal.aborted) await once(job.signal, 'abort');
    underWay.delete(job);
  });
  await expect.poll(() => begun).toEqual(['T0:U1', 'T0:U2']);
  process.kill(server.pid, 'SIGSTOP');
  await sleep(1_500);
  process.kill(server.pid, 'SIGCONT');
  await expect.poll(() => begun.toSorted()).toEqual(['T0:U1', 'T0:U1', 'T0:U2', 'T0:U2']);
  await expect.poll(() => underWay.size).toBe(2);
  expect(await queue.waiting(), 'nobody who runs is told a place in the line').toEqual([]);
  await worker.drain();
  await queue.close();
});

test('a launch that is added while Redis is away is refused within seconds, and never hangs', async () => {
  const server = await startRedisServer();
  const queue = open(server.url);
  await queue.add({ user: 'T0:U1', generation: '1' });
  await server.kill();
  const askedAt = performance.now();
  await expect(queue.add({ user: 'T0:U2', generation: '1' })).rejects.toThrow('max retries');
  expect(performance.now() - askedAt).toBeLessThan(20_000);
  await queue.close();
});

test('finished launches are kept by their number and age, not for ever', async () => {
  const redisUrl = await freshRedisUrl();
  const queue = open(redisUrl);
  const view = new Queue(launchQueueName, { connection: { url: redisUrl }, prefix: redisKeys.launchQueuePrefix });
  await queue.add({ user: 'T0:U1', generation: '1' });
  const [job] = await view.getWaiting();
  expect(job?.opts).toMatchObject({ removeOnComplete: { count: 1_000 }, removeOnFail: { count: 5_000 } });
  await view.close();
  await queue.close();
});
