import { Queue, Worker } from 'bullmq';
import { expect, test } from 'vitest';
import type { LaunchQueue } from '../launch-queue.ts';
import { launchQueueName, redisKeys } from '../redis/redis-keys.ts';
import { freshRedisUrl } from '../testing/fresh-redis-url.ts';
import { describeLaunchQueue } from '../testing/launch-queue.testsuite.ts';
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
  await expect.poll(() => taken, { timeout: 10_000 }).toEqual([launch]);
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
