// What the scripts answer, each distinct (keys, verb, arguments) asked once of the real Redis and remembered.
import type { Redis } from 'ioredis';
import { writeCall, type Call, type Outcome, type ScriptSettings } from './calls.ts';
import { checkCall } from './check-call.ts';
import { keysOf, renumberKeys, smallNumbers, type Keys } from './keys.ts';
import { readKeys, RealNumbers, restoreKeys } from './real-keys.ts';
import { readAnswer, toCommand } from './script-command.ts';
import { scriptTexts, type Edit, type ScriptText } from './script-text.ts';

const BATCH = 500;

type Question = { readonly keys: Keys; readonly call: Call; readonly text: ScriptText; readonly settings: Settings };
type Settings = ScriptSettings & { readonly slowClock: boolean };
type Plain = Omit<Outcome, 'broken'>;

/** Everything that one Redis was ever asked; shared by worlds, since most mutants leave most scripts alone. */
export class ScriptMemory {
  readonly #redis: Redis;
  readonly #known = new Map<string, Plain>();
  readonly #loaded = new Set<string>();
  #questions = new Map<string, Question>();
  /** How many calls the real Redis ran. */
  calls = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  ask(question: Question): Plain | undefined {
    const { keys, call, text, settings } = question;
    const { maxBacklog, circuitAfter, slowClock } = settings;
    const id = `${text.digest}${maxBacklog},${circuitAfter},${slowClock}|${writeCall(call)}|${keys.text}`;
    const known = this.#known.get(id);
    if (known === undefined) this.#questions.set(id, question);
    return known;
  }

  /** Runs what was asked and is not known. */
  async answer(): Promise<void> {
    const questions = [...this.#questions];
    this.#questions = new Map();
    for (let at = 0; at < questions.length; at += BATCH) await this.#run(questions.slice(at, at + BATCH));
  }

  async #run(questions: [string, Question][]): Promise<void> {
    for (const [, { text }] of questions) await this.#load(text);
    const [seconds = 0, micros = 0] = (await this.#redis.time()).map(Number);
    const now = seconds * 1_000 + Math.floor(micros / 1_000);
    const pipeline = this.#redis.pipeline();
    const readers = questions.map(([id, { keys, call, text, settings }]) => {
      const numbers = new RealNumbers(now, settings.slowClock);
      restoreKeys(pipeline, keys, numbers);
      const at = pipeline.length;
      const { names, args } = toCommand(call, numbers, settings);
      pipeline.evalsha(text.digest, names.length, ...names, ...args);
      return { id, keys, call, at, numbers, read: readKeys(pipeline, numbers) };
    });
    const replies = (await pipeline.exec()) ?? [];
    for (const { id, keys, call, at, numbers, read } of readers) {
      const [error, result] = replies[at] ?? [new Error('no reply')];
      if (error !== null) throw new Error(`${writeCall(call)} failed on ${keys.text}`, { cause: error });
      this.#known.set(id, { answer: readAnswer(call, result, numbers), keys: read(replies, keys) });
      this.calls += 1;
    }
  }

  async #load({ source, digest }: ScriptText): Promise<void> {
    if (this.#loaded.has(digest)) return;
    await this.#redis.script('LOAD', source);
    this.#loaded.add(digest);
  }
}

/** What one world sees of it: its scripts, edited or not, its settings, its numbers. */
export class ScriptBook {
  readonly #memory: ScriptMemory;
  readonly #settings: Settings;
  readonly #texts: (verb: Call['verb']) => ScriptText;
  readonly #holdsContract: boolean;
  /** By the call, for all keys of the same text. */
  readonly #known = new Map<string, Map<string, Outcome>>();
  /** The same maps, found faster. */
  readonly #near = new WeakMap<Keys, Map<string, Outcome>>();
  readonly #passed = { deadline: new WeakMap<Keys, Keys>(), notBefore: new WeakMap<Keys, Keys>() };
  /** Set once something was asked that is not known yet. */
  missed = false;

  constructor(memory: ScriptMemory, settings: Settings & { edits: readonly Edit[]; holdsContract: boolean }) {
    this.#memory = memory;
    this.#settings = settings;
    this.#texts = scriptTexts(settings.edits);
    this.#holdsContract = settings.holdsContract;
  }

  /** Undefined until `answer` has run it. */
  run(keys: Keys, call: Call): Outcome | undefined {
    const known = this.#near.get(keys) ?? this.#knownOf(keys);
    const id = writeCall(call);
    const outcome = known.get(id) ?? this.#ask(keys, call);
    if (outcome === undefined) this.missed = true;
    else known.set(id, outcome);
    return outcome;
  }

  /** The same keys when that moment has passed. */
  pass(keys: Keys, moment: 'deadline' | 'notBefore'): Keys {
    const passed = this.#passed[moment].get(keys) ?? keysOf({ ...keys, [moment]: 'past' });
    this.#passed[moment].set(keys, passed);
    return passed;
  }

  #knownOf(keys: Keys): Map<string, Outcome> {
    const known = this.#known.get(keys.text) ?? new Map<string, Outcome>();
    this.#known.set(keys.text, known);
    this.#near.set(keys, known);
    return known;
  }

  async answer(): Promise<void> {
    await this.#memory.answer();
    this.missed = false;
  }

  /** Numbers as small as can be: what differs only in them is asked once. */
  #ask(keys: Keys, call: Call): Outcome | undefined {
    const { generation } = call;
    const used = [keys.generation, keys.causeOf, ...keys.tries.map(({ open }) => Math.max(0, open)), generation ?? 0];
    const small = smallNumbers(
      used.reduce((mask, one) => mask | (1 << one), 0),
      this.#settings.slowClock,
    );
    const found = this.#memory.ask({
      keys: renumberKeys(keys, small.of),
      call: generation === undefined ? call : { ...call, generation: small.of(generation) },
      text: this.#texts(call.verb),
      settings: this.#settings,
    });
    if (found === undefined) return undefined;
    const { back } = small;
    // With a slow clock the next generation is the last one plus 1, whoever else may have it.
    const large = (one: number): number => back.get(one) ?? (back.has(one - 1) ? (back.get(one - 1) ?? 0) + 1 : one);
    const answer = { ...found.answer, generation: large(found.answer.generation) };
    const outcome = { answer, keys: renumberKeys(found.keys, large) };
    const broken = this.#holdsContract
      ? checkCall({ before: keys, call, after: outcome.keys, answer }, this.#settings)
      : undefined;
    return broken === undefined ? outcome : { ...outcome, broken };
  }
}
