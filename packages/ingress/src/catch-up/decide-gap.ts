// Policy: whether nobody listened to Slack for a while.

/** Longer than what holds up a process that listens and says so every second. */
const GAP_MS = 4_000;

/** Both on Redis's clock, in milliseconds. `last` is when somebody listened last; undefined where nobody ever did. */
export function decideGap(last: number | undefined, now: number): boolean {
  return last !== undefined && now - last >= GAP_MS;
}
