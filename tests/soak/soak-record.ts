// What a soak has seen, as the table at its end.
import type { LeaseWatch } from './lease-watch.ts';
import type { MessageLedger } from './message-ledger.ts';
import { monotonicMs } from './monotonic-clock.ts';
import type { PodRegistry } from './pod-registry.ts';
import { durations, runnerCap, type FaultKind, type SoakOptions } from './soak-settings.ts';
import type { SaidMessage } from './soak-verbs.ts';

type Breach = 'late step' | 'late commit' | 'defect' | 'still waits';
const SAMPLES = 5;
const KEPT_EVENTS = 6;

export class SoakRecord {
  readonly options: SoakOptions;
  readonly ledger: MessageLedger;
  #startedAt = performance.now();
  readonly #faults = new Map<FaultKind, number>();
  readonly #wakes = new Map<string, number>();
  readonly #breaches = new Map<Breach, { count: number; samples: string[] }>();
  readonly #failures = new Map<string, number>();
  #watch: LeaseWatch | undefined;
  #pods: PodRegistry | undefined;
  readonly #events: string[] = [];
  #notices = 0;
  #onHeld: (said: SaidMessage) => void = () => undefined;
  #endedAt: number | undefined;

  constructor(options: SoakOptions, ledger: MessageLedger) {
    this.options = options;
    this.ledger = ledger;
  }

  /** Whom to tell when an answer offers a choice. */
  onHeld(listener: (said: SaidMessage) => void): void {
    this.#onHeld = listener;
  }

  watch(leases: LeaseWatch, pods: PodRegistry): void {
    this.#watch = leases;
    this.#pods = pods;
  }

  said(said: SaidMessage): void {
    if (!said.deliveryId.startsWith('reply:')) this.#notices += 1;
    this.ledger.answer(said);
    if (said.holdsFor !== undefined) this.#onHeld(said);
  }

  woke(source: string): void {
    this.#wakes.set(source, (this.#wakes.get(source) ?? 0) + 1);
  }

  /** To a whole process: the last ones stand beside what broke. */
  happened(text: string): void {
    this.#events.push(`${Math.round(monotonicMs())} ${text}`);
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
  }

  get events(): readonly string[] {
    return this.#events;
  }

  struck(kind: FaultKind): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1);
  }

  failed(text: string): void {
    this.#failures.set(text, (this.#failures.get(text) ?? 0) + 1);
  }

  broken(breach: Breach, text: string): void {
    const known = this.#breaches.get(breach) ?? { count: 0, samples: [] };
    known.count += 1;
    if (known.samples.length < SAMPLES) known.samples.push(`${text} (after ${this.ledger.counts.sent} messages)`);
    this.#breaches.set(breach, known);
  }

  /** From now on it counts. */
  begin(): void {
    this.#startedAt = performance.now();
  }

  end(): void {
    this.#endedAt = performance.now();
  }

  /** How many kinds of faults struck. */
  get struckKinds(): number {
    return this.#faults.size;
  }

  get seconds(): number {
    return ((this.#endedAt ?? performance.now()) - this.#startedAt) / 1_000;
  }

  /** What must not be, with examples; empty after a good soak. */
  breaches(): string[] {
    return [...this.ledger.faults, ...this.#breaches].flatMap(([name, { count, samples }]) => [
      `${name}: ${count}`,
      ...samples.map((sample) => `  ${sample}`),
    ]);
  }

  rows(): [name: string, value: string][] {
    const { counts, latency, longestWaitMs, size } = this.ledger;
    const of = (name: string): string => String(this.#count(name));
    const ms = (micros: number): string => `${Math.round(micros / 1_000)} ms`;
    return [
      ['people, seed', `${this.options.users}, ${this.options.seed}`],
      ['messages sent', `${counts.sent} in ${Math.round(this.seconds)} s, ${Math.round(counts.sent / this.seconds)}/s`],
      ['acknowledged to Slack', String(counts.acknowledged)],
      ['prompts answered', `${counts.answered} (stopped ${counts.stopped}, dead letters ${counts.dead})`],
      ['held by a stop; withdrawn', `${counts.held}; ${counts.withdrawn}`],
      ['under way', String(size)],
      ['lost', of('lost')],
      ['double', of('double')],
      ['out of order', of('out of order')],
      ['files lost', of('files lost')],
      ['steps or commits after a successor', String(this.#count('late step') + this.#count('late commit'))],
      ['odd answers, defects', `${of('odd answer')}, ${of('defect')}`],
      ['stranded (longest)', `${seconds(longestWaitMs)} (bound ${seconds(durations.strandedMs)})`],
      ['redeliveries', `${counts.redelivered} (refused as full ${counts.refused})`],
      ['lives, takeovers', `${this.#watch?.acquisitions ?? 0}, ${this.#watch?.takeovers ?? 0}`],
      ['most pods at once', `${this.#pods?.most ?? 0} (cap ${runnerCap(this.options.users)})`],
      ['lives that failed', total(this.#failures)],
      ...[...this.#failures].slice(0, SAMPLES).map(([text, count]): [string, string] => [`  ${count} times`, text]),
      ['notices', String(this.#notices)],
      ['wakes asked for, by source', list(this.#wakes)],
      ['answer after: p50, p99, max', [50, 99, 100].map((p) => ms(latency.percentile(p))).join(', ')],
      ['faults', total(this.#faults)],
      ...[...this.#faults]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([kind, count]): [string, string] => [`  ${kind}`, String(count)]),
    ];
  }

  #count(name: string): number {
    const found = [...this.ledger.faults, ...this.#breaches].find(([known]) => known === name);
    return found?.[1].count ?? 0;
  }
}

function total(counts: ReadonlyMap<string, number>): string {
  return String([...counts.values()].reduce((sum, count) => sum + count, 0));
}

function list(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
