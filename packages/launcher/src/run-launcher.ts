// One launcher, over ports: takes launches, watches pods, sweeps and reconciles, until it is asked to drain.
import { setTimeout as sleep } from 'node:timers/promises';
import type { LaunchQueue, LaunchWorker, LeaseKeeper, ReplySink, ThreadStatus } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { keptBeginner, type KeptBeginnerParts } from './begin-kept.ts';
import { launchHandler } from './handle-launch.ts';
import type { LoopWatch } from './loop-watch.ts';
import { podEndObserver } from './observe-pod-ends.ts';
import type { PodBackend } from './pod-backend.ts';
import { podReconciler } from './reconcile-pods.ts';
import { repeatLook } from './repeat-look.ts';
import { userSweeper } from './sweep-users.ts';
import { leaseTeller } from './tell-lease.ts';
import { personTeller } from './tell-person.ts';
import { queuePlaceTeller } from './tell-queue-places.ts';

export type LauncherParts = {
  readonly delivery: LeaseKeeper;
  readonly queue: LaunchQueue;
  readonly backend: PodBackend;
  readonly replies: ReplySink;
  readonly status: ThreadStatus;
  readonly log: Logger;
  /** What was kept for want of a credential begins with this launcher. */
  readonly kept?: Omit<KeptBeginnerParts, 'queue' | 'log'>;
  /** Watches the loops for who asks whether this process is alive. */
  readonly loops?: LoopWatch;
  /** Launches are taken from now on. */
  readonly onReady?: (worker: LaunchWorker) => void;
};

/** Durations in milliseconds. */
export type LauncherSettings = {
  readonly concurrency: number;
  readonly memoryBytes: number;
  readonly circuitAfter: number;
  readonly graceMs: number;
  readonly startMs: number;
  readonly troubleMs: number;
  readonly machineMs: number;
  readonly sweepMs: number;
  readonly reconcileMs: number;
  readonly pollMs: { readonly launching: number; readonly running: number };
};

/** How often the places in the queue are looked at. */
const PLACES_MS = 1_000;

/** Resolves once the jobs are given back. The runners run on. */
export async function runLauncher(
  parts: LauncherParts,
  settings: LauncherSettings,
  signal: AbortSignal,
): Promise<void> {
  const { delivery, queue, backend, log, loops } = parts;
  const { graceMs, startMs, troubleMs, machineMs, pollMs } = settings;
  const teller = personTeller({ ...parts, ...settings });
  const sweeper = userSweeper({ delivery, queue, teller, log });
  const tellLease = leaseTeller({ delivery, queue, sweeper, circuitAfter: settings.circuitAfter });
  const observer = podEndObserver({ backend, tellLease, log, retryMs: pollMs.launching });
  const reconcile = podReconciler({ backend, delivery, queue, sweeper, log, graceMs });
  const waits = { graceMs, startMs, troubleMs, machineMs, pollMs };
  const handle = launchHandler({ delivery, backend, observer, tellLease, sweeper, teller, log, ...waits });

  const watched = loops === undefined ? {} : { loops };
  const running = [
    observer.run(signal),
    repeatLook({ stage: 'sweep', everyMs: settings.sweepMs, look: () => sweeper.sweepAll(), ...watched }, log, signal),
    repeatLook({ stage: 'reconcile', everyMs: settings.reconcileMs, look: reconcile, ...watched }, log, signal),
    repeatLook({ stage: 'places', everyMs: PLACES_MS, look: queuePlaceTeller(queue, teller), ...watched }, log, signal),
  ];
  const worker = await queue.work(settings.concurrency, handle);
  parts.onReady?.(worker);
  log.info({ concurrency: settings.concurrency }, 'launcher ready');
  if (parts.kept !== undefined) {
    const look = keptBeginner({ ...parts.kept, queue, log });
    running.push(repeatLook({ stage: 'kept', everyMs: settings.sweepMs, look, ...watched }, log, signal));
  }
  await Promise.race([Promise.all(running), untilAborted(signal)]);
  await worker.drain();
  await Promise.all(running);
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(2 ** 30, undefined, { signal }).catch(() => undefined);
}
