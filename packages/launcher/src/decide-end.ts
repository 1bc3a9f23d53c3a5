// What the end of a pod means for its lease.
import type { PodEnd } from './pod-backend.ts';

export type EndVerdict =
  /** Another pod has the lease: this one was superfluous and its end says nothing. */
  | { readonly kind: 'busy' }
  /** Told to the lease: `cause` is empty where the person needs to know nothing. Counted ends back off. */
  | { readonly kind: 'ended'; readonly cause: EndCause; readonly counted: boolean };

export type EndCause = '' | 'memory' | 'crash' | 'pod_start_failed';

/** Released, handed over, stale; its lease lost (76); or asked to drain (SIGTERM) before it had anything to: all as it should be. */
const DONE = new Set([0, 76, 143]);
/** `EX_TEMPFAIL`: the lease was taken. */
const BUSY = 75;
/** The shell's words for a command that cannot be run or found, and `EX_CONFIG`: no runner ever came to be. */
const NEVER_RAN = new Set([126, 127, 78]);

export function decideEnd(end: PodEnd): EndVerdict {
  if (end.reason === 'memory') return { kind: 'ended', cause: 'memory', counted: true };
  if (end.reason === 'killed') return { kind: 'ended', cause: 'crash', counted: true };
  if (end.exitCode === BUSY) return { kind: 'busy' };
  if (DONE.has(end.exitCode)) return { kind: 'ended', cause: '', counted: false };
  return { kind: 'ended', cause: NEVER_RAN.has(end.exitCode) ? 'pod_start_failed' : 'crash', counted: true };
}
