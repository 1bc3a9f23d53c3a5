// Policy: how far back the history of a gap is read.

/** What was sent to a connection right before it was found dead may not have arrived, and Slack's clock is not Redis's. */
const OVERLAP_MS = 60_000;

export type Reach = {
  /** When somebody listened last before the gap, and the time, both in milliseconds since the epoch. */
  readonly since: number;
  readonly now: number;
  /** How long a message is remembered, and how long the reading may take, in milliseconds. */
  readonly seenMs: number;
  readonly takesMs: number;
};

/** The Slack ts after which messages are taken: none that `seen` may have forgotten, for it may have been answered. */
export function decideReach({ since, now, seenMs, takesMs }: Reach): string {
  return (Math.max(since - OVERLAP_MS, now - seenMs + takesMs) / 1_000).toFixed(6);
}
