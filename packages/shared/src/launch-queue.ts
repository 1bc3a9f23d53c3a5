// PORT: launch requests, in order, with a cap on how many are active. The queue is a view and a to-do, never the lease.
import type { Launch } from './lease.ts';

/** What an active job shows to operators: how far its runner is. */
export type LaunchStage = { readonly stage: string; readonly since: number };

export type LaunchJob = {
  readonly launch: Launch;
  /** Shown on the dashboard. A failure to show it is not an error. */
  progress(stage: LaunchStage): Promise<void>;
  /** Aborted when the worker drains and gives the job back to the head of the queue, or has lost it to another. */
  readonly signal: AbortSignal;
};

export type LaunchWorker = {
  /** Takes no new job, gives the active ones back to the head of the queue, closes. */
  drain(): Promise<void>;
};

export type WaitingLaunch = Launch & { readonly place: number };

export type LaunchQueue = {
  /** Adding a launch that waits or is active changes nothing; one whose job has finished is added anew. */
  add(launch: Launch, where?: 'tail' | 'head'): Promise<void>;
  /** Launches that wait, in the order in which they will be taken; `place` counts from 1. */
  waiting(): Promise<WaitingLaunch[]>;
  /** Whether the launch has a job that waits or is active. */
  has(launch: Launch): Promise<boolean>;
  /** Sets how many jobs may be active in the whole fleet, and takes jobs. `handle` returns when the generation is over; it throws to fail the job. */
  work(concurrency: number, handle: (job: LaunchJob) => Promise<void>): Promise<LaunchWorker>;
  close(): Promise<void>;
};
