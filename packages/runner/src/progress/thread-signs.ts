// The quiet signs of each thread, one after the other: the last one that was asked for is the one that stays.
import type { SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';

export class ThreadSigns {
  readonly #log: Logger;
  readonly #last = new Map<SessionKey, Promise<void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** What a sign fails with is of no interest to a turn. */
  show(session: SessionKey, sign: () => Promise<void>): void {
    const before = this.#last.get(session) ?? Promise.resolve();
    const shown = before
      .then(sign)
      .catch((error: unknown) => this.#log.debug({ err: error, session }, 'sign not shown'));
    this.#last.set(session, shown);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
