// The launch queue on BullMQ: one job a generation, the cap is the queue's global concurrency.
import { Queue, WaitingError, Worker, type Job } from 'bullmq';
import { z } from 'zod';
import type { LaunchJob, LaunchQueue, LaunchWorker } from '../launch-queue.ts';
import { launchName, type Launch } from '../lease.ts';
import { connectRedis } from '../redis/connect-redis.ts';
import { launchQueueName, redisKeys } from '../redis/redis-keys.ts';
import { runnerName, type UserKey } from '../user-key.ts';
import { holdJob } from './hold-job.ts';
import { pauseOnErrors } from './pause-on-errors.ts';

export type LaunchQueueOptions = {
  readonly redisUrl: string;
  /** A worker that gave no sign for this long has died; its jobs go back to the head within two `stalledCheckMs`. */
  readonly jobLockMs: number;
  readonly stalledCheckMs: number;
  readonly onError: (error: Error) => void;
};

const launchSchema = z.object({
  user: z.custom<UserKey>((value) => typeof value === 'string'),
  generation: z.string(),
});

const stageTime = z.object({ stage: z.string(), since: z.number() });
const stageSchema = stageTime.extend({ before: z.exactOptional(z.array(stageTime)) });

// Finished jobs are the dashboard's history, nothing else reads them.
const KEEP = { removeOnComplete: { count: 1_000 }, removeOnFail: { age: 7 * 24 * 3600, count: 5_000 } };

// A launcher may die any number of times with a job in its hand: the job goes on.
const ANY_NUMBER_OF_TIMES = 1_000_000;

export function bullmqLaunchQueue(options: LaunchQueueOptions): LaunchQueue {
  const connection = connectRedis(options.redisUrl, 'commands', options.onError);
  const queue = new Queue<Launch>(launchQueueName, { connection, prefix: redisKeys.launchQueuePrefix });
  queue.on('error', options.onError);
  return {
    async add(launch, where = 'tail') {
      const jobId = launchName(launch, runnerName);
      const data = { user: launch.user, generation: launch.generation };
      const add = () => queue.add(launch.user, data, { jobId, attempts: 1, lifo: where === 'head', ...KEEP });
      // One after the other on one connection, in one round trip: the state is the one from before.
      const [state] = await Promise.all([queue.getJobState(jobId), add()]);
      if (state !== 'completed' && state !== 'failed') return;
      // BullMQ ignores an add whose id belongs to a finished job that is still kept, silently.
      await queue.remove(jobId);
      await add();
    },
    async waiting() {
      const jobs = await queue.getWaiting();
      return jobs.map((job, index) => ({ ...launchSchema.parse(job.data), place: index + 1 }));
    },
    line: (most) => queue.getRanges(['waiting'], 0, most - 1, true),
    async find(name) {
      const job = await queue.getJob(name);
      return job === undefined ? undefined : launchSchema.parse(job.data);
    },
    async tellsPlaces(teller, ms) {
      const key = redisKeys.tellsPlaces;
      if ((await connection.set(key, teller, 'PX', ms, 'NX')) !== null) return true;
      if ((await connection.get(key)) !== teller) return false;
      return (await connection.pexpire(key, ms)) === 1;
    },
    async stage(launch) {
      const job = await queue.getJob(launchName(launch, runnerName));
      return stageSchema.safeParse(job?.progress).data;
    },
    async has(launch) {
      const state = await queue.getJobState(launchName(launch, runnerName));
      return state === 'waiting' || state === 'active';
    },
    async work(concurrency, handle) {
      await queue.setGlobalConcurrency(concurrency);
      return startWorker({ ...options, concurrency, handle });
    },
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

type WorkerOptions = LaunchQueueOptions & {
  readonly concurrency: number;
  readonly handle: (job: LaunchJob) => Promise<void>;
};

async function startWorker(options: WorkerOptions): Promise<LaunchWorker> {
  const connection = connectRedis(options.redisUrl, 'blocking', options.onError);
  const draining = new AbortController();
  const processJob = async (job: Job<Launch>, token = ''): Promise<void> => {
    using held = holdJob(job, token, options.jobLockMs);
    await options.handle({
      launch: launchSchema.parse(job.data),
      signal: AbortSignal.any([draining.signal, held.lost]),
      progress: (stage) => job.updateProgress(stage).catch((error: unknown) => options.onError(toError(error))),
    });
    // The job goes on without us, here or elsewhere; this run only frees its place.
    if (held.lost.aborted) throw new WaitingError();
    if (!draining.signal.aborted) return;
    // Back to the head: another launcher takes it up before anybody who waits.
    await job.moveToWait(token);
    throw new WaitingError();
  };
  const worker = new Worker<Launch>(launchQueueName, processJob, {
    connection,
    prefix: redisKeys.launchQueuePrefix,
    concurrency: options.concurrency,
    lockDuration: options.jobLockMs,
    skipLockRenewal: true,
    stalledInterval: options.stalledCheckMs,
    maxStalledCount: ANY_NUMBER_OF_TIMES,
  });
  pauseOnErrors(worker, options.onError);
  await worker.waitUntilReady();
  return {
    isRunning: () => worker.isRunning() && !worker.isPaused(),
    async drain() {
      await worker.pause(true);
      draining.abort();
      await worker.close();
      connection.disconnect();
    },
  };
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
