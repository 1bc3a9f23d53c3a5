// PORT: inboxes and leases. Every verb is one atomic step; the three faces are the three processes.
import type { Entry, EntryPayload, EntryRef } from './entry.ts';
import type { Generation, Holder, Launch, Lease } from './lease.ts';
import type { UserKey } from './user-key.ts';

/** What the caller has to see to: a launch to add, or nothing because somebody runs, or because the person backs off. */
export type LaunchHint =
  | { readonly kind: 'none' }
  | { readonly kind: 'wake'; readonly generation: Generation }
  | { readonly kind: 'waits'; readonly until: number };

export type Enqueue = { readonly user: UserKey; readonly identity: string; readonly payload: EntryPayload };
export type EnqueueAnswer = {
  readonly verdict: 'queued' | 'duplicate' | 'full';
  readonly entryId: string;
  readonly hint: LaunchHint;
};

/** The ingress's face. */
export type InboxWriter = {
  /**
   * Appends one entry once. A full inbox refuses prompts; control entries always pass.
   * Returns only when the entry is as durable as configured; throws `not_durable` otherwise (the entry may be there all the same).
   */
  enqueue(request: Enqueue): Promise<EnqueueAnswer>;
  /** Whether an identity was appended within the last `seen` period. */
  seen(user: UserKey, identity: string): Promise<boolean>;
  /** Forgets failures and back-off; wakes a backlog that nobody serves. */
  reopen(user: UserKey): Promise<LaunchHint>;
  /** From now on their runner stays awake for so many milliseconds, however quiet they are; 0 takes it back. */
  keepAwake(user: UserKey, ms: number): Promise<void>;
};

export type BeginAnswer =
  | { readonly kind: 'try'; readonly n: number }
  | { readonly kind: 'gone' }
  | { readonly kind: 'lost' };
export type ReleaseAnswer =
  | { readonly kind: 'released' }
  | { readonly kind: 'busy'; readonly backlog: number }
  | { readonly kind: 'handoff'; readonly generation: Generation }
  | { readonly kind: 'lost' };

/** The runner's face. Fenced means: this owner, this generation, `running`, deadline not passed; else `lost`. */
export type InboxReader = {
  acquire(holder: Holder): Promise<'ok' | 'stale' | 'busy'>;
  /** Fenced. Counts one try of an entry that is still there, once a generation. */
  begin(holder: Holder, entry: EntryRef): Promise<BeginAnswer>;
  /** Fenced. Deletes the entries; with `dead`, copies them to the dead letters with that cause. */
  acknowledge(holder: Holder, entries: readonly EntryRef[], dead?: string): Promise<'ok' | 'lost'>;
  /** Fenced. A new deadline, one lease from now. */
  renew(holder: Holder): Promise<'ok' | 'lost'>;
  /** Fenced. Removes what is kept of a person beside their inbox: dead letters, events, the trace. */
  forget(holder: Holder): Promise<'ok' | 'lost'>;
  /** Fenced. `idle` gives the lease back if the inbox is empty; `drain` hands a backlog to the next generation. */
  release(holder: Holder, mode: 'idle' | 'drain'): Promise<ReleaseAnswer>;
  /** The whole backlog, oldest first. */
  backlog(user: UserKey): Promise<Entry[]>;
  /** Entries after `after` (a stream id, `0` for all), waiting at most `blockMs`. Empty when nothing came. Needs a connection of its own. */
  next(user: UserKey, after: string, blockMs: number): Promise<Entry[]>;
  /** Tries counted so far for an entry, 0 if never begun. */
  tries(user: UserKey, entryId: string): Promise<number>;
  /** For how many milliseconds the runner is still kept awake, 0 if it is not. */
  keptAwakeMs(user: UserKey): Promise<number>;
};

export type End = Holder & {
  /** Why, in a word the person may be told; empty when there is nothing to tell. */
  readonly cause: string;
  /** Counted ends back off; uncounted ones take back their open tries and wake the successor at once. */
  readonly counted: boolean;
};
export type EndAnswer =
  | { readonly kind: 'stale'; readonly hint: LaunchHint }
  | { readonly kind: 'ended'; readonly hint: LaunchHint; readonly circuitOpen: boolean };

/** A cause that nobody has told the person yet. */
export type UntoldCause = { readonly generation: Generation; readonly cause: string };
export type SweepAnswer = {
  readonly kind: 'live' | 'clean' | 'wake' | 'waits';
  readonly hint: LaunchHint;
  readonly untold?: UntoldCause;
};

/** The launcher's face. */
export type LeaseKeeper = {
  /** A pod's end was seen. Fenced by generation and, once acquired, by owner. */
  end(end: End): Promise<EndAnswer>;
  /** As ingress does: an operator may ask for it, too. */
  reopen(user: UserKey): Promise<LaunchHint>;
  /** Repairs by looking at the state. `told` marks that cause as told. */
  sweep(user: UserKey, told?: UntoldCause): Promise<SweepAnswer>;
  /** Users that may have a backlog. */
  dirtyUsers(): Promise<UserKey[]>;
  lease(user: UserKey): Promise<Lease>;
  backlog(user: UserKey): Promise<Entry[]>;
  /** Returns when everything this process wrote and saw so far is on a replica too; throws `not_durable` otherwise. */
  settle(launch: Launch): Promise<void>;
};

export type Delivery = InboxWriter & InboxReader & LeaseKeeper;
