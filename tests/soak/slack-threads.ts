// The Slack of a soak: what was said stands in the threads and can be read back; what is long past is let go.
import type { Thread, UserKey } from '@runnel/shared';
import type { Dice } from './dice.ts';
import type { Strike } from './fault-counts.ts';
import { monotonicMs } from './monotonic-clock.ts';
import { identityOf, ourTs, personOfChannel, threadOfPerson, userKeyOf } from './numbered-message.ts';
import type { PostAnswer, Said, SaidMessage } from './soak-verbs.ts';

export type SlackParts = {
  readonly dice: Dice;
  readonly strike: Strike;
  readonly onSaid: (said: SaidMessage) => void;
  readonly expireLease: (user: UserKey) => void;
  readonly untilTakenOver: (user: UserKey, atMostMs: number) => Promise<void>;
  /** How many messages of a person are not answered. */
  readonly waiting: (person: number) => number;
};

/** More than any thread has unread at a takeover. */
const KEPT = 150;
const LATE_AT_MOST_MS = 3_000;
const SOON_S = 0.01;

export class SlackThreads {
  readonly #parts: SlackParts;
  readonly #threads = new Map<string, SaidMessage[]>();
  /** Delivery ids of answers that were asked for and do not stand yet: a fault strikes each once. */
  readonly #asked = new Set<string>();
  readonly #expected = new Map<string, () => void>();
  #said = 0;

  constructor(parts: SlackParts) {
    this.#parts = parts;
  }

  async post(said: Said): Promise<PostAnswer> {
    const { dice, strike } = this.#parts;
    const isFirst = said.deliveryId.startsWith('reply:') && !this.#asked.has(said.deliveryId);
    if (!isFirst) return this.#say(said);
    this.#asked.add(said.deliveryId);
    if (strike('expire-lease', 0.006, said.deliveryId)) return this.#expire(said);
    if (strike('refuse-post', 0.004, said.deliveryId)) {
      return { kind: 'limited', seconds: dice.between(0.1, 0.6, 'refused', said.deliveryId) };
    }
    if (strike('lose-post', 0.001, said.deliveryId)) return { kind: 'unheard' };
    const answer = this.#say(said);
    return strike('lose-post-answer', 0.004, said.deliveryId) ? { kind: 'unheard' } : answer;
  }

  messages({ channel, threadTs, oldest }: Thread & { oldest: string }): SaidMessage[] {
    const thread = this.#threads.get(`${channel}/${threadTs}`) ?? [];
    return thread.filter((message) => Number(message.ts) >= Number(oldest));
  }

  /** What stands in a person's threads about a message, for whoever looks for the cause of something. */
  about(person: number, number: number): string[] {
    const word = new RegExp(String.raw`\bm${number}\b`);
    const identity = identityOf(number, person);
    return [...this.#threads]
      .filter(([key]) => key.startsWith(`${threadOfPerson(person, 0).channel}/`))
      .flatMap(([, said]) => said.filter(({ text, deliveryId }) => word.test(text) || deliveryId.endsWith(identity)))
      .map(describeSaid);
  }

  /** The two moments in which a runner that does not know yet could do harm: before it says it again, and after it was said. */
  async #expire(said: Said): Promise<PostAnswer> {
    const { expireLease, untilTakenOver, waiting } = this.#parts;
    const person = personOfChannel(said.channel);
    const user = userKeyOf(person);
    expireLease(user);
    // Whoever has something else to do finds out by that.
    if (waiting(person) === 1) {
      await this.#untilSaid(said.deliveryId);
      return { kind: 'limited', seconds: SOON_S };
    }
    const answer = this.#say(said);
    await untilTakenOver(user, LATE_AT_MOST_MS);
    return answer;
  }

  /** By a successor, or never. */
  async #untilSaid(deliveryId: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#expected.set(deliveryId, resolve);
    const timer = setTimeout(resolve, LATE_AT_MOST_MS);
    await promise;
    clearTimeout(timer);
    this.#expected.delete(deliveryId);
  }

  #say(said: Said): PostAnswer {
    const ts = ourTs((this.#said += 1));
    const message = { ...said, ts, at: monotonicMs() };
    const key = `${said.channel}/${said.threadTs}`;
    const thread = this.#threads.get(key) ?? [];
    thread.push(message);
    if (thread.length > KEPT) thread.splice(0, thread.length - KEPT);
    this.#threads.set(key, thread);
    this.#asked.delete(said.deliveryId);
    this.#expected.get(said.deliveryId)?.();
    this.#parts.onSaid(message);
    return { kind: 'said', ts };
  }
}

function describeSaid({ ts, deliveryId, text, by, sentAt, at }: SaidMessage): string {
  const when = `sent by ${by} at ${Math.round(sentAt)}, there at ${Math.round(at)}`;
  return `${ts} ${deliveryId}: ${JSON.stringify(text)} (${when})`;
}
