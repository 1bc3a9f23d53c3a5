// What one session holds after a stop, as its answers say it.

export class HeldMessages {
  #by: number | undefined;
  #held = new Set<number>();

  /** The answer to a stop named them, with what was held before. */
  hold(by: number, messages: readonly number[]): void {
    this.#by = by;
    this.#held = new Set(messages);
  }

  /** Answered, or discarded. */
  letGo(message: number): void {
    this.#held.delete(message);
  }

  /** `Run now` for that stop is done with: what it still held was forgotten. */
  ranNow(stop: number): number[] {
    if (this.#by !== stop) return [];
    const left = [...this.#held];
    this.#held.clear();
    return left;
  }
}
