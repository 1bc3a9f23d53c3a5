// Writes the steps of this process to the traces of their persons: beside the work, never in its way, and gone after a day.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { hasFailed, isQuiet, packRecords, stepRecord, type StepRecord } from '../step-record.ts';
import { stepChannel, type Step } from '../step.ts';
import type { UserKey } from '../user-key.ts';
import { redisKeys } from './redis-keys.ts';

/** Each entry of the stream is what one process wrote at once about one person. */
const KEPT_ENTRIES = 500;
const KEPT_MS = 24 * 3600 * 1000;
const WRITE_AFTER_MS = 200;
/** Where Redis is away: how soon it is looked for again, and how much is remembered till then. */
const AWAY_MS = 1_000;
const MOST_WAITING = 256;
/** In a rush it is not waited for more to come. */
const MANY_WAITING = 128;
/** A step that takes longer is written down while it is under way. */
const LONG_MS = 500;
/** The same failure of the same step is written down once in this time: it must not push out everything before it. */
const REPEATED_MS = 60_000;
const MOST_FAILURES = 256;
/** What an exit waits for the last records. */
const LAST_MOMENT_MS = 50;

export type StepTraceOptions = {
  /** Borrowed: the connection of the work, for one more a runner is one too many. */
  readonly redis: Redis;
  readonly process: 'ingress' | 'launcher' | 'runner';
  /** Records are never worth a failure. */
  readonly onDropped: (error: unknown) => void;
};

type Open = { readonly at: number; readonly from: number; isWritten: boolean };
type Waiting = { readonly user: UserKey; readonly record: StepRecord };

/** Listens from now on until it is disposed of, which takes a twentieth of a second at most. */
export function redisStepTrace(options: StepTraceOptions): AsyncDisposable {
  return new RedisStepTrace(options);
}

class RedisStepTrace implements AsyncDisposable {
  readonly #options: StepTraceOptions;
  readonly #place = `${process.pid}@${hostname()}`;
  readonly #open = new Map<Step, Open>();
  readonly #failures = new Map<string, number>();
  readonly #listener = {
    start: (step: Step) => this.#begin(step),
    asyncEnd: (step: Step) => this.#end(step),
    end: () => undefined,
    asyncStart: () => undefined,
    error: () => undefined,
  };
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: StepTraceOptions) {
    this.#options = options;
    stepChannel.subscribe(this.#listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    stepChannel.unsubscribe(this.#listener);
    clearTimeout(this.#watch);
    await Promise.race([this.#writeLast(), sleep(LAST_MOMENT_MS)]);
    clearTimeout(this.#timer);
  }

  async #writeLast(): Promise<void> {
    await this.#writing;
    this.#write();
    await this.#writing;
  }

  #begin(step: Step): void {
    if (step.user === undefined) return;
    this.#open.set(step, { at: Date.now(), from: performance.now(), isWritten: false });
    if (!isQuiet(step)) this.#lookLater();
  }

  #end(step: Step): void {
    const open = this.#open.get(step);
    if (open === undefined) return;
    this.#open.delete(step);
    const failed = hasFailed(step);
    if (isQuiet(step) && !failed) return;
    const record = this.#recordOf(step, { at: open.at, ms: Math.round(performance.now() - open.from) });
    if (failed && this.#isRepeated(step, record)) return;
    this.#keep(step, record);
    // They may be the last that this process has to say: what failed, and the beginning of a turn that may kill it.
    const isUrgent = failed || step.name === 'begin';
    if (isUrgent || this.#waiting.length >= MANY_WAITING) this.#write();
  }

  #recordOf(step: Step, taken: { at: number; ms?: number }): StepRecord {
    return stepRecord(step, { ...taken, process: this.#options.process, place: this.#place });
  }

  #isRepeated({ name, user = ':', identities = [] }: Step, { outcome = '', at }: StepRecord): boolean {
    const failure = [name, user, outcome, ...identities].join(' ');
    if (at - (this.#failures.get(failure) ?? 0) < REPEATED_MS) return true;
    if (this.#failures.size >= MOST_FAILURES) this.#failures.clear();
    this.#failures.set(failure, at);
    return false;
  }

  #lookLater(): void {
    this.#watch ??= setTimeout(() => {
      this.#watch = undefined;
      const unwritten = [...this.#open].filter(([step, open]) => !open.isWritten && !isQuiet(step));
      const isLong = ([, { from }]: [Step, Open]): boolean => performance.now() - from >= LONG_MS;
      for (const [step, open] of unwritten.filter(isLong)) {
        open.isWritten = true;
        this.#keep(step, this.#recordOf(step, { at: open.at }));
      }
      if (!unwritten.every(([, { isWritten }]) => isWritten)) this.#lookLater();
    }, LONG_MS).unref();
  }

  /** The oldest goes first where there is no room: the newest says why nothing goes on. */
  #keep({ user }: Step, record: StepRecord): void {
    if (user === undefined) return;
    if (this.#waiting.length >= MOST_WAITING) this.#waiting.shift();
    this.#waiting.push({ user, record });
    this.#writeLater(WRITE_AFTER_MS);
  }

  #writeLater(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#write();
    }, ms).unref();
  }

  /** One at a time: a Redis that hangs is not given more and more to do. */
  #write(): void {
    if (this.#waiting.length === 0 || this.#writing !== undefined) return;
    // A client that is not connected would remember every command for later.
    if (this.#options.redis.status !== 'ready') return this.#writeLater(AWAY_MS);
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#writing = this.#send(waiting).finally(() => {
      this.#writing = undefined;
      this.#write();
    });
  }

  async #send(waiting: readonly Waiting[]): Promise<void> {
    const pipeline = this.#options.redis.pipeline();
    for (const [user, found] of Map.groupBy(waiting, (one) => one.user)) {
      const records = found.map(({ record }) => record);
      pipeline.xadd(redisKeys.trace(user), 'MAXLEN', '~', KEPT_ENTRIES, '*', 'r', packRecords(records));
      pipeline.pexpire(redisKeys.trace(user), KEPT_MS);
      for (const identity of namedIn(records)) pipeline.set(redisKeys.whose(identity), user, 'PX', KEPT_MS);
    }
    try {
      const fault = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (fault) this.#options.onDropped(fault);
    } catch (error) {
      this.#options.onDropped(error);
    }
  }
}

/** A link to a message does not say whose it is: two steps that every message takes say so. */
function namedIn(records: readonly StepRecord[]): string[] {
  return records.flatMap(({ step, identities = [] }) => (step === 'enqueue' || step === 'begin' ? identities : []));
}
