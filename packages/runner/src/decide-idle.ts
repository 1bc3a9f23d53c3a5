// Policy: when a runner goes to sleep, and when it has lived long enough. All times in milliseconds of one monotonic clock.

export type Quiet = {
  readonly now: number;
  readonly startedAt: number;
  /** Whether anything runs, waits or is being answered. */
  readonly isBusy: boolean;
  /** Whether a message was kept for want of a credential, which only a successor may have: what people do next is for that one. */
  readonly isLacking: boolean;
  /** When the last activity ended; the start where there was none. */
  readonly lastActivityEnd: number;
  /** Since when the oldest ask waits for its person, where one does. */
  readonly waitingSince: number | undefined;
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
};

export type IdleDecision =
  | { readonly kind: 'sleep' }
  /** What waits for its person as long as that is parked; something else goes on. */
  | { readonly kind: 'park' }
  /** It hands itself over to a successor. */
  | { readonly kind: 'hand_over' }
  | { readonly kind: 'wait'; readonly ms: number };

export function decideIdle(quiet: Quiet): IdleDecision {
  const {
    now,
    startedAt,
    isBusy,
    isLacking,
    lastActivityEnd,
    waitingSince = Infinity,
    idleTimeoutMs,
    maxLifetimeMs,
  } = quiet;
  const left = startedAt + maxLifetimeMs - now;
  if (left <= 0 || (isLacking && !isBusy)) return { kind: 'hand_over' };
  const rest = isBusy ? idleTimeoutMs : lastActivityEnd + idleTimeoutMs - now;
  if (rest <= 0) return { kind: 'sleep' };
  const restOfAsk = waitingSince + idleTimeoutMs - now;
  return restOfAsk <= 0 ? { kind: 'park' } : { kind: 'wait', ms: Math.min(rest, left, restOfAsk) };
}
