// What the main thread and the renewal thread both see, without a message in between: either of them may stand still.

/** Turns of one pod start far fewer groups than this. */
const GROUP_SLOTS = 256;
const DEADLINE = 0;
const SIGN_OF_LIFE = 1;
const STATE = 0;
const FIRST_GROUP = 1;

/** `releasing`: an answer `lost` to a renewal in between is no loss. `ended`: nothing is left to watch. */
const STATES = ['held', 'releasing', 'lost', 'ended'] as const;
export type LeaseState = (typeof STATES)[number];

/** All times are nanoseconds of `process.hrtime.bigint()`, one monotonic clock for all threads of a process. */
export class LeaseMemory {
  readonly buffer: SharedArrayBuffer;
  readonly #times: BigInt64Array;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer(16 + 4 * (FIRST_GROUP + GROUP_SLOTS))) {
    this.buffer = buffer;
    this.#times = new BigInt64Array(buffer, 0, 2);
    this.#words = new Int32Array(buffer, 16, FIRST_GROUP + GROUP_SLOTS);
  }

  get deadline(): bigint {
    return Atomics.load(this.#times, DEADLINE);
  }

  set deadline(at: bigint) {
    Atomics.store(this.#times, DEADLINE, at);
  }

  /** After a renewal that was asked for at `before`: the answer may have been under way for long. */
  renewedFrom(before: bigint, validMs: number): void {
    const at = before + BigInt(Math.round(validMs)) * 1_000_000n;
    if (at > this.deadline) this.deadline = at;
  }

  /** When the main thread was last seen alive. */
  get signOfLife(): bigint {
    return Atomics.load(this.#times, SIGN_OF_LIFE);
  }

  set signOfLife(at: bigint) {
    Atomics.store(this.#times, SIGN_OF_LIFE, at);
  }

  get state(): LeaseState {
    return STATES[Atomics.load(this.#words, STATE)] ?? 'lost';
  }

  /** A lost lease stays lost, whoever comes later. */
  moveTo(next: LeaseState): void {
    if (next === 'lost') {
      Atomics.store(this.#words, STATE, STATES.indexOf('lost'));
      return;
    }
    const current = Atomics.load(this.#words, STATE);
    if (STATES[current] !== 'lost') Atomics.compareExchange(this.#words, STATE, current, STATES.indexOf(next));
  }

  /** Remembers a process group until it is disposed; one that comes after the loss is killed at once. */
  watchGroup(groupId: number): Disposable {
    const slot = this.#words.findIndex(
      (_, index) => index >= FIRST_GROUP && Atomics.compareExchange(this.#words, index, 0, groupId) === 0,
    );
    if (slot === -1) throw new Error(`A runner watches at most ${GROUP_SLOTS} process groups.`);
    if (this.state === 'lost') killGroup(groupId);
    return { [Symbol.dispose]: () => void Atomics.compareExchange(this.#words, slot, groupId, 0) };
  }

  /** SIGKILL to every watched group, synchronously: nothing an agent started outlives the lease. */
  killGroups(): void {
    for (let slot = FIRST_GROUP; slot < this.#words.length; slot += 1) {
      const groupId = Atomics.load(this.#words, slot);
      if (groupId > 1) killGroup(groupId);
    }
  }
}

function killGroup(groupId: number): void {
  try {
    process.kill(-groupId, 'SIGKILL');
  } catch {
    // Gone in the meantime.
  }
}
