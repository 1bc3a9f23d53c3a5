// Every message that was sent and what became of it. What a person sees is all that counts here: what stands in the threads.
import { createHistogram } from 'node:perf_hooks';
import { HeldMessages } from './held-messages.ts';
import { NumberTally } from './number-tally.ts';
import { personOf, readNumber, sessionNumberOf, stopOf } from './numbered-message.ts';
import { readAnswer, type Answer } from './read-answer.ts';
import { SessionOrder } from './session-order.ts';
import { durations } from './soak-settings.ts';
import type { SaidMessage } from './soak-verbs.ts';

export type SentMessage = {
  readonly number: number;
  readonly kind: 'prompt' | 'stop' | 'edit' | 'delete' | 'run_now' | 'discard';
  readonly person: number;
  readonly session: number;
};

/** `performance.now()` clock. */
type Outstanding = SentMessage & { readonly sentAt: number; ackedAt?: number; entryId?: string };
export type Overdue = Required<Outstanding>;

type Person = { outstanding: number; acked: number; /** Since when they wait without a word. */ waitsSince: number };
type Session = { readonly order: SessionOrder; readonly held: HeldMessages };

export type Fault = 'stranded' | 'lost' | 'double' | 'out of order' | 'files lost' | 'odd answer';
const SAMPLES = 5;

export class MessageLedger {
  readonly latency = createHistogram();
  readonly faults = new Map<Fault, { count: number; samples: string[] }>();
  readonly counts = {
    sent: 0,
    acknowledged: 0,
    redelivered: 0,
    refused: 0,
    answered: 0,
    stopped: 0,
    dead: 0,
    held: 0,
    withdrawn: 0,
  };
  longestWaitMs = 0;
  readonly #evidence: (person: number, number: number) => string[];
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #people: Person[];
  readonly #sessions = new Map<string, Session>();
  readonly #prompts = new NumberTally();
  readonly #acknowledged = new NumberTally();
  readonly #answers = new NumberTally();
  readonly #takenBack = new NumberTally();
  readonly #heldOnce = new NumberTally();

  /** `evidence`: what stands in a person's threads about a message. */
  constructor(people: number, evidence: (person: number, number: number) => string[]) {
    this.#evidence = evidence;
    this.#people = Array.from({ length: people }, () => ({ outstanding: 0, acked: 0, waitsSince: 0 }));
  }

  get size(): number {
    return this.#outstanding.size;
  }

  waiting(person: number): number {
    return this.#person(person).outstanding;
  }

  send(message: SentMessage): void {
    this.counts.sent += 1;
    if (message.kind === 'prompt') this.#prompts.add(message.number);
    this.#outstanding.set(message.number, { ...message, sentAt: performance.now() });
    this.#person(message.person).outstanding += 1;
  }

  /** Its deletion is on the way: it need not be answered. */
  takeBack(number: number): void {
    this.#takenBack.add(number);
  }

  /** Slack was told that it arrived. */
  acknowledge({ number, kind, person, session }: SentMessage, entryId: string): void {
    if (this.#acknowledged.add(number) > 0) return;
    this.counts.acknowledged += 1;
    const message = this.#outstanding.get(number);
    if (message !== undefined) {
      message.ackedAt = performance.now();
      message.entryId = entryId;
      const owner = this.#person(person);
      owner.acked += 1;
      if (owner.acked === 1) owner.waitsSince = message.ackedAt;
    }
    if (kind === 'prompt') this.#session(person, session).order.appended(number, entryId);
  }

  /** Something of ours stands in a thread. */
  answer({ deliveryId, text, threadTs, part, holdsFor }: SaidMessage): void {
    const number = deliveryId.startsWith('reply:') ? readNumber(deliveryId.slice('reply:'.length)) : undefined;
    if (number === undefined || part > 0) return;
    const answer = readAnswer(text);
    const session = this.#session(personOf(number, this.#people.length), sessionNumberOf(threadTs));
    if (answer.kind === 'odd') this.#fault('odd answer', number, `${deliveryId}: ${text}`);
    this.#count(number, deliveryId);
    if (this.#prompts.has(number)) this.#answerPrompt(number, answer, session);
    this.#settle(number);
    this.#name(answer, session, { deliveryId, by: holdsFor === undefined ? undefined : readNumber(holdsFor) });
  }

  /** Acknowledged messages that nobody has answered for that long. */
  overdue(ageMs: number): Overdue[] {
    const before = performance.now() - ageMs;
    const due: Overdue[] = [];
    for (const message of this.#outstanding.values()) {
      const { ackedAt, entryId } = message;
      if (ackedAt === undefined || entryId === undefined || ackedAt > before) continue;
      due.push({ ...message, ackedAt, entryId });
    }
    return due;
  }

  /** The inbox does not hold it any more. */
  gone({ number, kind, person, session }: Overdue): void {
    if (!this.#outstanding.has(number)) return;
    const { order, held } = this.#session(person, session);
    if (kind === 'prompt') this.#missing(number);
    // It stays in the inbox until everything that it revived is answered.
    if (kind === 'run_now') for (const left of held.ranNow(stopOf(number))) this.#missing(left);
    order.forget(number);
    this.#settle(number);
  }

  /** The longest that anybody has been waiting without a word, now or before. */
  measureWaits(): number {
    for (const person of this.#people.keys()) this.#measure(person);
    return this.longestWaitMs;
  }

  #answerPrompt(number: number, answer: Answer, { order, held }: Session): void {
    const sentAt = this.#outstanding.get(number)?.sentAt;
    this.counts.answered += 1;
    if (answer.kind === 'stopped') this.counts.stopped += 1;
    if (answer.kind === 'dead') this.counts.dead += 1;
    if (answer.kind === 'turn') {
      order.ran(number, answer.after);
      if (answer.of !== number) this.#fault('odd answer', number, `was answered as m${answer.of}`);
    }
    held.letGo(number);
    // Whoever was held takes a later turn.
    if (!this.#heldOnce.has(number)) order.answered(number);
    if (sentAt !== undefined) this.latency.record(Math.max(1, Math.round((performance.now() - sentAt) * 1_000)));
  }

  /** Messages that an answer to another one names. */
  #name(answer: Answer, { order, held }: Session, { deliveryId, by }: { deliveryId: string; by: number | undefined }) {
    for (const number of answer.dropped) {
      this.#count(number, `dropped by ${deliveryId}`);
      this.counts.withdrawn += 1;
      held.letGo(number);
      order.forget(number);
      this.#settle(number);
    }
    for (const number of answer.held) {
      if (this.#answers.has(number)) this.#fault('double', number, `answered, and held by ${deliveryId}`);
      if (this.#heldOnce.add(number) === 0) this.counts.held += 1;
      order.forget(number);
      this.#settle(number);
    }
    if (answer.held.length > 0 && by !== undefined) held.hold(by, answer.held);
  }

  #missing(number: number): void {
    if (this.#takenBack.has(number)) this.counts.withdrawn += 1;
    else this.#fault('lost', number, 'is not in the inbox and was never answered');
  }

  #count(number: number, what: string): void {
    if (this.#answers.add(number) > 0) this.#fault('double', number, what);
  }

  #settle(number: number): void {
    const message = this.#outstanding.get(number);
    if (message === undefined) return;
    this.#measure(message.person);
    this.#outstanding.delete(number);
    const person = this.#person(message.person);
    person.outstanding -= 1;
    if (message.ackedAt !== undefined) person.acked -= 1;
    person.waitsSince = performance.now();
  }

  #measure(person: number): void {
    const { acked, waitsSince } = this.#person(person);
    const waitMs = acked > 0 ? performance.now() - waitsSince : 0;
    if (waitMs <= this.longestWaitMs) return;
    this.longestWaitMs = waitMs;
    const isStranded = waitMs > durations.strandedMs && !this.faults.has('stranded');
    const first = isStranded ? [...this.#outstanding.values()].find(({ person: one }) => one === person) : undefined;
    if (first !== undefined) this.#fault('stranded', first.number, 'its person waits without a word');
  }

  #fault(fault: Fault, number: number, what: string): void {
    const known = this.faults.get(fault) ?? { count: 0, samples: [] };
    known.count += 1;
    if (known.samples.length < SAMPLES) {
      const seen = this.#evidence(personOf(number, this.#people.length), number).map((line) => `    ${line}`);
      known.samples.push([`m${number}: ${what} (after ${this.counts.sent} messages)`, ...seen].join('\n'));
    }
    this.faults.set(fault, known);
  }

  #person(index: number): Person {
    const person = this.#people[index];
    if (person === undefined) throw new Error(`There is no person ${index}.`);
    return person;
  }

  #session(person: number, session: number): Session {
    const key = `${person}/${session}`;
    const known = this.#sessions.get(key) ?? {
      order: new SessionOrder((fault, number, what) => this.#fault(fault, number, what)),
      held: new HeldMessages(),
    };
    this.#sessions.set(key, known);
    return known;
  }
}
