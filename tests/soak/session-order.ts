// The answers of one session: in the order of appending, each turn on the files that the one before left.

export class SessionOrder {
  readonly #onFault: (fault: 'out of order' | 'files lost', number: number, what: string) => void;
  /** Places in the inbox of messages that are not answered. */
  readonly #places = new Map<number, string>();
  /** Answered, in the order of the answers; an answer may be known before its message's place is. */
  #answered: number[] = [];
  #lastPlace = '0-0';
  #lastTurn = 0;

  constructor(onFault: (fault: 'out of order' | 'files lost', number: number, what: string) => void) {
    this.#onFault = onFault;
  }

  appended(number: number, place: string): void {
    this.#places.set(number, place);
    this.#check();
  }

  answered(number: number): void {
    this.#answered.push(number);
    this.#check();
  }

  /** Its place does not matter any more. */
  forget(number: number): void {
    this.#places.delete(number);
  }

  ran(number: number, after: number): void {
    if (after !== this.#lastTurn) {
      this.#onFault('files lost', number, `found the files as m${after} left them, not m${this.#lastTurn}`);
    }
    this.#lastTurn = number;
  }

  #check(): void {
    for (;;) {
      const [number] = this.#answered;
      const place = number === undefined ? undefined : this.#places.get(number);
      if (number === undefined || place === undefined) return;
      this.#answered.shift();
      this.#places.delete(number);
      if (compareIds(place, this.#lastPlace) < 0) {
        this.#onFault('out of order', number, `appended as ${place}, was answered after ${this.#lastPlace}`);
      }
      this.#lastPlace = place;
    }
  }
}

function compareIds(one: string, other: string): number {
  const [ms = 0, sequence = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number);
  return ms - otherMs || sequence - otherSequence;
}
