// The exclusive right of one runner to one inbox. The rules are in `docs/delivery-protocol.md`.
import type { UserKey } from './user-key.ts';

/** The fencing token: milliseconds of Redis's clock, as decimal digits. Compared for equality, never for order. */
export type Generation = string;

/** One run of one person's runner, asked for by a launch. */
export type Launch = { readonly user: UserKey; readonly generation: Generation };

/** Who holds a lease: the owner is the pod's UID. */
export type Holder = Launch & { readonly owner: string };

/** `launching` ends by acquire or end, never by time; only `running` has a deadline (ms of Redis's clock). */
export type Lease = {
  readonly state: 'idle' | 'launching' | 'running';
  readonly generation: Generation;
  readonly owner: string;
  readonly deadline: number;
  readonly failures: number;
  /** No launch before this (ms of Redis's clock); 0 when not backing off. */
  readonly notBefore: number;
  /** When it was read, on the clock that its moments are of: no other clock may judge them. */
  readonly now: number;
};

/** The job id of a launch: one for each generation, so that adding it again changes nothing. */
export function launchName(launch: Launch, name: (user: UserKey) => string): string {
  return `${name(launch.user)}-${launch.generation}`;
}
