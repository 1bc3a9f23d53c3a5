// What an answer of the Kubernetes API that is no success means. One table for all calls.
import type { StartTrouble } from '../../pod-backend.ts';

/** `status` 0: no answer at all. */
export type ApiFault = {
  readonly status: number;
  /** The machine-readable reason of the answer's `Status` object. */
  readonly reason: string;
  readonly message: string;
  readonly retryAfterMs?: number;
};

export type ApiOutcome =
  /** The object is not there. */
  | { readonly kind: 'gone' }
  /** Somebody has the name already: look who. */
  | { readonly kind: 'taken' }
  /** The name has another object now: what was meant is gone. */
  | { readonly kind: 'replaced' }
  /** The resource version is too old: list again. */
  | { readonly kind: 'expired' }
  /** The call may go through later; `afterMs` is what the server asks for. */
  | { readonly kind: 'again'; readonly afterMs?: number }
  /** No repetition helps: somebody has to be told. */
  | { readonly kind: 'told'; readonly code: StartTrouble };

export function decideApiOutcome(fault: ApiFault): ApiOutcome {
  const { status, reason, message } = fault;
  switch (status) {
    case 404:
      return { kind: 'gone' };
    case 409:
      return { kind: reason === 'AlreadyExists' ? 'taken' : 'replaced' };
    case 410:
      return { kind: 'expired' };
    case 400:
    case 422:
      // A policy answers 422 too, with its own words.
      return { kind: 'told', code: isPolicy(message) ? 'refused' : 'configuration' };
    case 403:
      return { kind: 'told', code: decideRefusal(message) };
    default:
      return fault.retryAfterMs === undefined ? { kind: 'again' } : { kind: 'again', afterMs: fault.retryAfterMs };
  }
}

/** Why the API, or the Job controller on its behalf, may not make a pod; `message` is the cluster's sentence. */
export function decideRefusal(message: string): StartTrouble {
  if (/exceeded quota|failed quota|LimitRange|(maximum|minimum) .* per (Container|Pod)/i.test(message)) return 'quota';
  if (/not found/i.test(message)) return 'configuration';
  return 'refused';
}

function isPolicy(message: string): boolean {
  return /denied|violates|ValidatingAdmissionPolicy/i.test(message);
}
