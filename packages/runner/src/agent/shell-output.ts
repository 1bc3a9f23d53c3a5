// What a command wrote, within a bound: its beginning and its end are kept, what lies between is only counted.

const KIB = 1024;
/** Bytes kept of the beginning, and as many of the end. Only the beginning is shown while the command runs. */
const KEPT_BYTES = 256 * KIB;

export type KeptOutput = {
  /** Bytes written in all. */
  readonly total: number;
  readonly head: Buffer;
  /** Follows the head directly when nothing was left out. */
  readonly tail: Buffer;
  readonly omitted: number;
};

export class ShellOutput {
  readonly #limit: number;
  readonly #head: Buffer;
  /** A ring: what is overwritten is what is left out. */
  readonly #tail: Buffer;
  #total = 0;

  constructor(limit = KEPT_BYTES) {
    this.#limit = limit;
    this.#head = Buffer.alloc(limit);
    this.#tail = Buffer.alloc(limit);
  }

  /** Returns the part of the chunk that belongs to the beginning. */
  add(chunk: Buffer): Buffer {
    const start = this.#total;
    this.#total += chunk.length;
    const early = chunk.subarray(0, Math.max(0, this.#limit - start));
    early.copy(this.#head, start);
    // Of a chunk longer than the ring only its end can stay.
    const late = chunk.subarray(early.length);
    const lasting = late.subarray(Math.max(0, late.length - this.#limit));
    const at = (this.#total - this.#limit - lasting.length) % this.#limit;
    const fits = lasting.copy(this.#tail, Math.max(0, at));
    lasting.copy(this.#tail, 0, fits);
    return early;
  }

  get isPastBeginning(): boolean {
    return this.#total >= this.#limit;
  }

  keep(): KeptOutput {
    const late = Math.max(0, this.#total - this.#limit);
    const end = late % this.#limit;
    const tail =
      late <= this.#limit
        ? this.#tail.subarray(0, late)
        : Buffer.concat([this.#tail.subarray(end), this.#tail.subarray(0, end)]);
    const head = this.#head.subarray(0, Math.min(this.#total, this.#limit));
    return { total: this.#total, head, tail, omitted: Math.max(0, late - this.#limit) };
  }
}
