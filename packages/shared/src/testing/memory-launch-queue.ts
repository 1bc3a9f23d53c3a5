// The launch queue in memory, for unit tests.
import type { LaunchQueue, LaunchStage } from '../launch-queue.ts';
import { launchName, type Launch } from '../lease.ts';
import { runnerName } from '../user-key.ts';

type Handle = Parameters<LaunchQueue['work']>[1];
type Job = { readonly launch: Launch; stage?: LaunchStage };

type MemoryWorker = {
  readonly handle: Handle;
  readonly draining: AbortController;
  readonly running: Set<Promise<void>>;
};

export type MemoryLaunchQueue = LaunchQueue & {
  /** Active jobs, oldest first, with the stage they show. */
  active(): readonly Job[];
};

export function memoryLaunchQueue(): MemoryLaunchQueue {
  const waiting: Job[] = [];
  const active: Job[] = [];
  const stages = new Map<string, LaunchStage>();
  const workers = new Set<MemoryWorker>();
  let cap = 0;
  let telling = { teller: '', until: 0 };

  const pump = (): void => {
    const worker = [...workers].find((one) => !one.draining.signal.aborted);
    while (worker !== undefined && active.length < cap) {
      const job = waiting.shift();
      if (job === undefined) return;
      active.push(job);
      const running = run(job, worker).finally(() => worker.running.delete(running));
      worker.running.add(running);
    }
  };
  const run = async (job: Job, worker: MemoryWorker): Promise<void> => {
    const { signal } = worker.draining;
    const progress = async (stage: LaunchStage): Promise<void> => {
      job.stage = stage;
      stages.set(nameOf(job), stage);
    };
    await worker.handle({ launch: job.launch, signal, progress }).catch(() => undefined);
    active.splice(active.indexOf(job), 1);
    if (signal.aborted) waiting.unshift(job);
    pump();
  };
  const isIn = (jobs: Job[], launch: Launch): boolean =>
    jobs.some((job) => job.launch.user === launch.user && job.launch.generation === launch.generation);

  return {
    async add(launch, where = 'tail') {
      if (isIn(waiting, launch) || isIn(active, launch)) return;
      if (where === 'head') waiting.unshift({ launch });
      else waiting.push({ launch });
      pump();
    },
    waiting: async () => waiting.map((job, index) => ({ ...job.launch, place: index + 1 })),
    line: async (most) => waiting.slice(0, most).map((job) => nameOf(job)),
    find: async (name) => [...waiting, ...active].find((job) => nameOf(job) === name)?.launch,
    async tellsPlaces(teller, ms) {
      const now = performance.now();
      if (telling.teller !== teller && telling.until > now) return false;
      telling = { teller, until: now + ms };
      return true;
    },
    stage: async (launch) => stages.get(nameOf({ launch })),
    has: async (launch) => isIn(waiting, launch) || isIn(active, launch),
    async work(concurrency, handle) {
      cap = concurrency;
      const worker: MemoryWorker = { handle, draining: new AbortController(), running: new Set() };
      workers.add(worker);
      pump();
      return {
        isRunning: () => workers.has(worker),
        async drain() {
          worker.draining.abort();
          workers.delete(worker);
          await Promise.all(worker.running);
        },
      };
    },
    close: async () => undefined,
    active: () => [...active],
  };
}

function nameOf({ launch }: Job): string {
  return launchName(launch, runnerName);
}
