// The fleet as its launch queue shows it: how many launchers and runners there are, who waits, how far a launch is.
import { launchName, runnerName, type Launch } from '@runnel/shared';
import { connectRedis, launchQueueName, redisKeys } from '@runnel/shared/redis';
import { Queue, type Job } from 'bullmq';
import { z } from 'zod';
import type { Fleet } from './message-facts.ts';

export type FleetReader = AsyncDisposable & { read(launch: Launch): Promise<Fleet> };

const stageSchema = z.object({ stage: z.string(), since: z.number() });

export function bullmqFleet(redisUrl: string): FleetReader {
  const connection = connectRedis(redisUrl, 'commands', () => undefined);
  // Opening a queue writes its options into Redis, unless told not to.
  const options = { connection, prefix: redisKeys.launchQueuePrefix, skipMetasUpdate: true };
  const queue = new Queue<Launch>(launchQueueName, options);
  queue.on('error', () => undefined);
  return {
    async read(launch) {
      const waiting = await queue.getWaiting();
      const index = waiting.findIndex(({ data }) => data.user === launch.user && data.generation === launch.generation);
      const stage = await stageOf(await queue.getJob(launchName(launch, runnerName)));
      return {
        launchers: await queue.getWorkersCount(),
        cap: (await queue.getGlobalConcurrency()) ?? 0,
        live: await queue.getActiveCount(),
        waiting: waiting.length,
        ...(index === -1 ? {} : { place: index + 1 }),
        ...(stage === undefined ? {} : { stage }),
      };
    },
    async [Symbol.asyncDispose]() {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** Of a job that a launcher has in hand; one that waits may have been in hand before. */
async function stageOf(job: Job<Launch> | undefined): Promise<Fleet['stage']> {
  if (job === undefined || (await job.getState()) !== 'active') return undefined;
  const parsed = stageSchema.safeParse(job.progress);
  return parsed.success ? parsed.data : undefined;
}
