// What the end of a pod means for its lease.
import type { PodEnd } from './pod-backend.ts';

export type EndVerdict =
  /** Another pod has the lease: this one was superfluous and its end says nothing. */
  | { readonly kind: 'busy' }
  /** Told to the lease: `cause` is empty where the person needs to know nothing. Counted ends back off. */
  | {
      readonly kind: 'ended';
      readonly cause: EndCause;
      readonly counted: boolean;
      /** What the runner could not be started without: `secret runnel-runner`. */
      readonly missing?: string;
    };

/** Words of the lease; each but the empty one is an error code, too. */
export type EndCause =
  | ''
  | 'crash'
  | 'pod_start_failed'
  | 'start_timeout'
  | 'unschedulable'
  | Exclude<PodEnd['reason'], 'exited' | 'killed'>;

/** Released, handed over, stale; its lease lost (76); or asked to drain (SIGTERM) before it had anything to: all as it should be. */
const DONE = new Set([0, 76, 143]);
/** `EX_TEMPFAIL`: the lease was taken. */
const BUSY = 75;
/** The shell's words for a command that cannot be run or found, and `EX_CONFIG`: no runner ever came to be. */
const NEVER_RAN = new Set([126, 127, 78]);

export function decideEnd(end: PodEnd): EndVerdict {
  switch (end.reason) {
    case 'exited':
      return decideExit(end.exitCode);
    case 'killed':
      return { kind: 'ended', cause: 'crash', counted: true };
    // The cluster's doing, not the runner's: the successor is woken at once.
    case 'evicted':
    case 'preempted':
      return { kind: 'ended', cause: end.reason, counted: false };
    default:
      return { kind: 'ended', cause: end.reason, counted: true };
  }
}

function decideExit(exitCode: number): EndVerdict {
  if (exitCode === BUSY) return { kind: 'busy' };
  if (DONE.has(exitCode)) return { kind: 'ended', cause: '', counted: false };
  return { kind: 'ended', cause: NEVER_RAN.has(exitCode) ? 'pod_start_failed' : 'crash', counted: true };
}
