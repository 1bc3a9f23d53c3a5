// All that a pod backend knows about a pod, for operators and for the errors of tests: facts as the source tells them, nothing judged.
import type { PodEnd, PodSpec } from './pod-backend.ts';

/** Times are milliseconds since the epoch. What a backend cannot know is left out. */
export type PodDiagnostics = PodSpec & {
  readonly uid: string;
  readonly phase: 'pending' | 'running' | 'succeeded' | 'failed' | 'unknown';
  readonly createdAt?: number;
  /** The machine it was given to. */
  readonly node?: string;
  /** As its end is told to its lease. */
  readonly end?: PodEnd;
  readonly conditions: readonly PodCondition[];
  /** The runner first, then what stands beside it. */
  readonly containers: readonly ContainerDiagnostics[];
  /** Of the pod and of what it was made from, oldest first. */
  readonly events: readonly PodEvent[];
};

export type PodCondition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly since?: number;
};

export type ContainerDiagnostics = {
  readonly name: string;
  readonly state: ContainerState;
  /** How it ended the time before, where it was started again. */
  readonly lastState?: ContainerState;
  readonly restarts: number;
  /** Its health, as its probes say. */
  readonly ready: boolean;
  readonly image?: string;
  /** The digest that runs. */
  readonly imageId?: string;
  /** Where it is a process of this machine. */
  readonly pid?: number;
  /** What it and all that it started hold now. */
  readonly memoryBytes?: number;
  /** The last ones, oldest first, at most `DIAGNOSED_LINES`. */
  readonly logLines: readonly string[];
  /** Why there are none, where they could not be read. */
  readonly logFault?: string;
};

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason?: string; readonly message?: string }
  | { readonly kind: 'running'; readonly since?: number }
  | {
      readonly kind: 'ended';
      readonly exitCode?: number;
      readonly signal?: number;
      readonly reason?: string;
      readonly message?: string;
      readonly at?: number;
    };

export type PodEvent = {
  /** When it was seen last. */
  readonly at?: number;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
};

/** How many lines of each container's log are shown. */
export const DIAGNOSED_LINES = 50;
