// Stage: one turn's live element in the thread: posted when the turn takes long, updated on change, gone when the answer stands.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError, type Reply, type ReplySink, type SessionKey, threadOf } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { sayProgress } from './spoken-words.ts';

export type CardParts = {
  readonly replies: ReplySink;
  /** Whether a post may be made right now. */
  readonly mayPost: () => Promise<boolean>;
  /** Whether an update or a removal may be made right now. */
  readonly mayUpdate: () => boolean;
  readonly log: Logger;
};

export type CardOf = {
  readonly session: SessionKey;
  readonly turn: string;
  /** Slack ts and first line of the prompt. */
  readonly ts: string;
  readonly title: string;
  /** A try before may have left its card: then this one takes it over, at once. */
  readonly isRepeated: boolean;
};

const SHOWN_AFTER_MS = 3_000;
const SHORTEST_PAUSE_MS = 1_500;
/** Without new output only the time goes on. */
const SILENT_PAUSE_MS = 10_000;
/** A turn that takes long is looked at less often. */
const LONG_AFTER_MS = 240_000;
const KEPT_CHARACTERS = 8_000;
const MOST_REMOVALS = 3;

export class ProgressCard {
  readonly #parts: CardParts;
  readonly #of: CardOf;
  readonly #startedAt = performance.now();
  #output = '';
  #isChanged = false;
  #shownAt = 0;
  /** Until then Slack wants to be left alone, or it makes no sense to try. */
  #notBefore = 0;
  #ts: string | undefined;
  #isPaused = false;
  #isClosed = false;
  #sending: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: CardParts, of: CardOf) {
    this.#parts = parts;
    this.#of = of;
    this.#schedule();
  }

  /** Undefined while none stands in the thread. */
  get ts(): string | undefined {
    return this.#ts;
  }

  add(output: string): void {
    this.#output = (this.#output + output).slice(-KEPT_CHARACTERS);
    this.#isChanged = true;
    if (this.#ts !== undefined && this.#sending === undefined) this.#schedule();
  }

  /** While its turn waits for somebody there is nothing to show. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (this.#sending === undefined) this.#schedule();
  }

  /** Takes it away. Resolves when it is gone, or cannot be taken away. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#sending;
    if (this.#ts !== undefined) await this.#remove(this.#ts);
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#isPaused) return;
    const now = performance.now();
    this.#timer = setTimeout(
      () => {
        this.#sending = this.#send().finally(() => {
          this.#sending = undefined;
          this.#schedule();
        });
      },
      Math.max(0, this.#dueAt(now) - now, this.#notBefore - now),
    );
  }

  #dueAt(now: number): number {
    if (this.#ts === undefined) return this.#startedAt + (this.#of.isRepeated ? 0 : SHOWN_AFTER_MS);
    const isLively = this.#isChanged && now - this.#startedAt < LONG_AFTER_MS;
    return this.#shownAt + (isLively ? SHORTEST_PAUSE_MS : SILENT_PAUSE_MS);
  }

  async #send(): Promise<void> {
    const { replies, mayPost, mayUpdate, log } = this.#parts;
    this.#isChanged = false;
    this.#shownAt = performance.now();
    try {
      if (this.#ts === undefined) {
        const deadline = performance.now() + SILENT_PAUSE_MS;
        const { ts: since, isRepeated } = this.#of;
        this.#ts = await replies.post(this.#reply(), { mayPost, deadline, since, maybePosted: isRepeated });
      } else if (mayUpdate()) {
        await replies.update(this.#ts, this.#reply());
      }
    } catch (reason) {
      // Progress may be skipped; the next one comes by itself.
      const { retry } = RunnelError.from(reason);
      this.#notBefore = performance.now() + (retry.kind === 'retryable' ? retry.retryAfterMs : SILENT_PAUSE_MS);
      log.debug({ err: reason, turn: this.#of.turn }, 'progress not shown');
    }
  }

  #reply(): Reply {
    const { session, turn, title } = this.#of;
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const text = sayProgress({ text: title, seconds, output: this.#output });
    return { thread: threadOf(session), deliveryId: `card:${turn}`, kind: 'card', stoppable: true, text };
  }

  async #remove(ts: string): Promise<void> {
    const { replies, mayUpdate, log } = this.#parts;
    for (let attempt = 1; attempt <= MOST_REMOVALS && mayUpdate(); attempt += 1) {
      try {
        await replies.remove(threadOf(this.#of.session), ts);
        return;
      } catch (reason) {
        const { retry } = RunnelError.from(reason);
        log.warn({ err: reason, turn: this.#of.turn, attempt }, 'card not removed');
        if (retry.kind === 'terminal') return;
        await sleep(Math.max(retry.retryAfterMs, SHORTEST_PAUSE_MS));
      }
    }
  }
}
