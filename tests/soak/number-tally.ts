// How often each of very many numbers was counted, a byte a number.

export class NumberTally {
  #counts = new Uint8Array(1 << 16);

  has(number: number): boolean {
    return (this.#counts[number] ?? 0) > 0;
  }

  /** Returns how often it had been counted before. */
  add(number: number): number {
    if (number >= this.#counts.length) {
      const grown = new Uint8Array(Math.max(number + 1, this.#counts.length * 2));
      grown.set(this.#counts);
      this.#counts = grown;
    }
    const before = this.#counts[number] ?? 0;
    this.#counts[number] = Math.min(255, before + 1);
    return before;
  }
}
