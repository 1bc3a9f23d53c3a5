// PORT: launch requests, in order, with a cap on how many are active. The queue is a view and a to-do, never the lease.
import type { Launch } from './lease.ts';

/** What an active job shows to operators: how far its runner is, since when, and what was before, in order. */
export type LaunchStage = StageTime & { readonly before?: readonly StageTime[] };
export type StageTime = { readonly stage: string; readonly since: number };

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
  /** Whether it takes jobs. */
  isRunning(): boolean;
};

export type WaitingLaunch = Launch & { readonly place: number };

export type LaunchQueue = {
  /** Adding a launch that waits or is active changes nothing; one whose job has finished is added anew. */
  add(launch: Launch, where?: 'tail' | 'head'): Promise<void>;
  /** Launches that wait, in the order in which they will be taken; `place` counts from 1. */
  waiting(): Promise<WaitingLaunch[]>;
  /** Their names (`launchName`) alone, of the first `most`: cheap enough to be looked at each second however many wait. */
  line(most: number): Promise<string[]>;
  /** The launch of that name, while it has a job. */
  find(name: string): Promise<Launch | undefined>;
  /** One at a time tells people their places: whether it is this teller. Who does not ask again within `ms` is followed by another. */
  tellsPlaces(teller: string, ms: number): Promise<boolean>;
  /** How far a launch is, or was; undefined while nobody has taken it, and once its job is forgotten. */
  stage(launch: Launch): Promise<LaunchStage | undefined>;
  /** Whether the launch has a job that waits or is active. */
  has(launch: Launch): Promise<boolean>;
  /** Sets how many jobs may be active in the whole fleet, and takes jobs. `handle` returns when the generation is over; it throws to fail the job. */
  work(concurrency: number, handle: (job: LaunchJob) => Promise<void>): Promise<LaunchWorker>;
  close(): Promise<void>;
};
