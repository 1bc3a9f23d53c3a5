// All that is known about a message right now: what it left in its person's trace, and where its person's inbox stands.
import type { Lease, StepRecord, UserKey } from '@runnel/shared';

/** Whose it is, and under which identity. */
export type FoundMessage = { readonly user: UserKey; readonly identity: string };

/** Times are milliseconds since the epoch, on Redis's clock unless said otherwise. */
export type MessageFacts = FoundMessage & {
  /** Whether it was appended within the memory of the inbox, a day. */
  readonly isSeen: boolean;
  /** As long as it is in the inbox. */
  readonly entry?: WaitingEntry;
  readonly dead?: { readonly cause: string; readonly at: number };
  readonly lease: Lease;
  /** So many failures in a row that the starts are far apart. */
  readonly isCircuitOpen: boolean;
  readonly fleet: Fleet;
  /** Of its person, oldest first, each step once; on the clocks of those who took the steps. */
  readonly records: readonly StepRecord[];
};

export type WaitingEntry = {
  readonly since: number;
  /** Tries counted so far; that of a turn under way is one of them. */
  readonly tries: number;
  /** How many entries of its thread stand before it. */
  readonly ahead: number;
};

export type Fleet = {
  readonly launchers: number;
  /** How many runners there may be; 0 where no launcher has said so yet. */
  readonly cap: number;
  readonly live: number;
  readonly waiting: number;
  /** The person's place among those who wait, from 1. */
  readonly place?: number;
  /** How far the launch is that a launcher has in hand. */
  readonly stage?: { readonly stage: string; readonly since: number };
};

/** How a message stands, in a word for programs and a sentence for people. */
export type Verdict = {
  readonly state: 'answered' | 'settled' | 'dead_letter' | 'working' | 'waiting' | 'unknown';
  readonly sentence: string;
};
