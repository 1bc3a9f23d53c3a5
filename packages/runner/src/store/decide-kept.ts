// Policy: which covered entries the manifest keeps, and how much of each.
import type { Covered } from './session-store.ts';

export type Keeping = {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly seenMs: number;
  /** Whether an entry may still be in the inbox: dropped, it would be run again. */
  readonly isInHand: (identity: string) => boolean;
  /** Whether an entry was acknowledged, so that its reply was surely posted. */
  readonly isAcknowledged: (identity: string) => boolean;
};

/** A redelivery is recognised by `seen` for as long as an entry is kept here; a reply that was posted needs no text. */
export function decideKept(covered: readonly Covered[], keeping: Keeping): Covered[] {
  return covered
    .filter((one) => one.at + keeping.seenMs > keeping.now || keeping.isInHand(one.identity))
    .map((one) => (one.reply !== '' && keeping.isAcknowledged(one.identity) ? { ...one, reply: '' } : one));
}
