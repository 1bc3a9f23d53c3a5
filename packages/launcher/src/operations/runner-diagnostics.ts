// What operators are told about a person's runner: its pod, and around it what the fleet knows.
import type { Lease, StageTime, UserKey } from '@runnel/shared';
import type { PodDiagnostics } from '../pod-diagnostics.ts';

/** One that lives. Times are milliseconds since the epoch. */
export type RunnerRow = {
  readonly user: UserKey;
  readonly name: string;
  readonly generation: string;
  readonly uid: string;
  /** How far its launch is; empty while no launcher has it in hand. */
  readonly stage: string;
  readonly since?: number;
  /** Entries that are not answered yet, the one in its turn included. */
  readonly backlog: number;
};

export type RunnerDiagnostics = {
  readonly name: string;
  readonly user: UserKey;
  /** When it was asked. */
  readonly at: number;
  readonly lease?: Lease;
  readonly backlog?: { readonly entries: number; readonly oldestAt?: number };
  /** The stages of the lease's launch, in order. */
  readonly launch?: readonly StageTime[];
  /** The one that has the name, or the last one that had it, as its backend knows it. */
  readonly pod?: PodDiagnostics;
  /** The last one that ended, where that is another one: as it was then. */
  readonly ended?: PodDiagnostics;
  /** What could not be found out, and why. */
  readonly unknown: Readonly<Record<string, string>>;
};
