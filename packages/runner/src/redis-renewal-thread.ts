// The renewal thread: its own event loop and its own connection, so that a busy main thread does not lose the lease.
import { parentPort, workerData } from 'node:worker_threads';
import type { Holder } from '@runnel/shared';
import { connectRedis, redisRenewal, redisStepTrace, takeStep } from '@runnel/shared/redis-renewal';
import { answerProbes } from './lease/answer-probes.ts';
import { LeaseMemory } from './lease/lease-memory.ts';
import { findLeaseFault, renewLease } from './lease/renew-lease.ts';

export type RenewalThreadData = {
  readonly redisUrl: string;
  readonly holder: Holder;
  readonly memory: SharedArrayBuffer;
  readonly leaseMs: number;
  readonly marginMs: number;
  readonly renewalMs: number;
  readonly stallMs: number;
  /** 0: nobody asks. */
  readonly probePort: number;
};

/** How long the main thread has to exit with a code of its own. */
const LAST_MOMENT_MS = 250;

// oxlint-disable-next-line no-unsafe-type-assertion -- given by main.ts, structured-cloned
const data = workerData as RenewalThreadData;
const redis = connectRedis(data.redisUrl, 'commands', () => undefined);
// Renewals are recorded only when they fail. Nobody disposes of it: a thread ends with its process.
redisStepTrace({ redis, process: 'runner', onDropped: () => undefined });
const memory = new LeaseMemory(data.memory);
if (data.probePort > 0) answerProbes(data.probePort, () => findLeaseFault({ memory, stallMs: data.stallMs }));
const renewal = redisRenewal(redis, data.leaseMs);
renewLease({
  ...data,
  delivery: {
    renew: (holder) => takeStep('renew', { ...holder, source: 'thread' }, () => renewal.renew(holder)),
  },
  memory,
  tell: (news) => parentPort?.postMessage(news),
  // `process.exit` in a thread ends only the thread.
  endProcess: () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_MOMENT_MS),
});
