// The states that were met, how they were met first, and from which of them a good end can still be reached.

/** Pairs of numbers, in one growing array: there are millions of them. */
class Pairs {
  #numbers = new Int32Array(1 << 12);
  size = 0;

  push(one: number, other: number): void {
    if (this.size * 2 === this.#numbers.length) {
      const larger = new Int32Array(this.#numbers.length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.size * 2] = one;
    this.#numbers[this.size * 2 + 1] = other;
    this.size += 1;
  }

  first(index: number): number {
    return this.#numbers[index * 2] ?? 0;
  }

  second(index: number): number {
    return this.#numbers[index * 2 + 1] ?? 0;
  }
}

export class StateGraph {
  readonly #numbers = new Map<string, number>();
  readonly #labels: string[] = [];
  readonly #parents = new Pairs();
  /** Steps that are no faults: nobody may rely on a fault to go on. */
  readonly #steps = new Pairs();
  readonly #goodEnds: number[] = [];

  get size(): number {
    return this.#numbers.size;
  }

  add(text: string, isGoodEnd: boolean, by = { from: -1, label: '' }): { at: number; isNew: boolean } {
    const known = this.#numbers.get(text);
    if (known !== undefined) return { at: known, isNew: false };
    const at = this.#numbers.size;
    this.#numbers.set(text, at);
    this.#parents.push(by.from, 0);
    this.#labels.push(by.label);
    if (isGoodEnd) this.#goodEnds.push(at);
    return { at, isNew: true };
  }

  connect(from: number, to: number): void {
    if (from !== to) this.#steps.push(from, to);
  }

  /** The steps that led to it first, each with where it led to. */
  pathTo(state: number): { label: string; at: number }[] {
    const path: { label: string; at: number }[] = [];
    for (let at = state; this.#parents.first(at) >= 0; at = this.#parents.first(at)) {
      path.push({ label: this.#labels[at] ?? '', at });
    }
    return path.toReversed();
  }

  find(text: string): number | undefined {
    return this.#numbers.get(text);
  }

  /** The first state from which no good end can be reached without a further fault; where there is none at all, the first dead end. */
  firstStranded(): number | undefined {
    const at = this.#reachedBackwards().indexOf(0);
    if (at !== 0) return at === -1 ? undefined : at;
    const goesOn = new Uint8Array(this.size);
    for (let step = 0; step < this.#steps.size; step += 1) goesOn[this.#steps.first(step)] = 1;
    return Math.max(0, goesOn.indexOf(0));
  }

  #reachedBackwards(): Uint8Array {
    const { starts, sources } = this.#stepsBackwards();
    const reached = new Uint8Array(this.size);
    const todo = [...this.#goodEnds];
    for (const end of todo) reached[end] = 1;
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      for (const from of sources.subarray(starts[at], starts[at + 1])) {
        if (reached[from] === 1) continue;
        reached[from] = 1;
        todo.push(from);
      }
    }
    return reached;
  }

  /** Sorted by where they lead to: the steps to `at` come from `sources` between `starts[at]` and `starts[at + 1]`. */
  #stepsBackwards(): { starts: Int32Array; sources: Int32Array } {
    const { size } = this.#steps;
    const counts = new Int32Array(this.size + 1);
    const count = (at: number, by = 1): number => (counts[at] = (counts[at] ?? 0) + by);
    for (let step = 0; step < size; step += 1) count(this.#steps.second(step) + 1);
    for (let at = 0; at < this.size; at += 1) count(at + 1, counts[at]);
    const starts = counts.slice();
    const sources = new Int32Array(size);
    for (let step = 0; step < size; step += 1) {
      sources[count(this.#steps.second(step)) - 1] = this.#steps.first(step);
    }
    return { starts, sources };
  }
}
