// Notices a loop that stands still: one that waits for an answer which never comes. A loop whose looks fail turns all the same.

/** A look may take this long, whatever its pause: a cluster that is away, or asks for patience, is asked for minutes. */
const LONGEST_LOOK_MS = 600_000;

export class LoopWatch {
  readonly #turns = new Map<string, { readonly dueMs: number; readonly at: number }>();

  /** The loop begins a look; it comes around again after that and `everyMs`. */
  turned(stage: string, everyMs: number): void {
    this.#turns.set(stage, { dueMs: everyMs + LONGEST_LOOK_MS, at: performance.now() });
  }

  /** `now` on the monotonic clock, in milliseconds. */
  stuck(now = performance.now()): string[] {
    return [...this.#turns].filter(([, { dueMs, at }]) => now - at > dueMs).map(([stage]) => stage);
  }
}
