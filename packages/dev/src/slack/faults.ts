// What shall go wrong with the next calls of a method: asked for by tests, taken by the Web API as the calls come.

export type Fault =
  /** 429 with `Retry-After` in seconds; nothing is done. */
  | { kind: 'ratelimited'; retryAfter: number }
  /** The call is done, then the connection is cut: nobody hears the answer. */
  | { kind: 'lost-response' }
  /** The connection is cut, nothing is done. */
  | { kind: 'refused-before' }
  /** As on a workspace where the method does not exist. */
  | { kind: 'unknown-method' }
  | { kind: 'error'; error: string }
  /** Done after so many milliseconds (never scaled). */
  | { kind: 'delay'; ms: number };

/** `*` stands for every method. Faults for the next calls come before those for all calls. */
export class Faults {
  readonly #next = new Map<string, Fault[]>();
  readonly #always = new Map<string, Fault>();

  next(method: string, fault: Fault, times = 1): void {
    const waiting = this.#next.get(method) ?? [];
    this.#next.set(method, [...waiting, ...Array.from({ length: times }, () => fault)]);
  }

  always(method: string, fault: Fault): void {
    this.#always.set(method, fault);
  }

  clear(): void {
    this.#next.clear();
    this.#always.clear();
  }

  take(method: string): Fault | undefined {
    const next = this.#next.get(method)?.shift() ?? this.#next.get('*')?.shift();
    return next ?? this.#always.get(method) ?? this.#always.get('*');
  }
}
