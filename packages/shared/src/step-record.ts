// How a step is kept in the trace of its person: who took it, when, how it went. No words of anybody are in it.
import { RunnelError } from './errors.ts';
import type { Step, StepFacts, StepName } from './step.ts';

export type StepRecord = Omit<StepFacts, 'user'> & {
  readonly step: StepName;
  /** When it began, milliseconds since the epoch, on the clock of the process that took it. */
  readonly at: number;
  /** How long it took, in milliseconds. Without it the step was still under way when it was written down. */
  readonly ms?: number;
  /** `ingress`, `launcher` or `runner`. */
  readonly process: string;
  /** `pid@host`; in a cluster the host is the pod. */
  readonly place: string;
  /** The answer in a word, or the code of the error. */
  readonly outcome?: string;
  /** What the error says. */
  readonly why?: string;
  /** Which try of an entry this begins. */
  readonly try?: number;
  /** What the agent of a turn took, as far as it knows. */
  readonly usage?: StepUsage;
};

export type StepUsage = { readonly inputTokens: number; readonly outputTokens: number; readonly costUsd?: number };

/** Who took a step, and when. */
export type StepTaken = Pick<StepRecord, 'at' | 'process' | 'place'> & { readonly ms?: number };

/** They come all the time and say nothing, unless they fail. */
const QUIET: ReadonlySet<StepName> = new Set(['look', 'read', 'renew', 'sweep', 'reconcile']);
const LONGEST_WHY = 200;

export function isQuiet({ name }: Step): boolean {
  return QUIET.has(name);
}

export function hasFailed({ error, result }: Step): boolean {
  return error !== undefined || result === 'lost';
}

/** Without `ms` it is a record of a step under way: it has no outcome yet. */
export function stepRecord(step: Step, taken: StepTaken): StepRecord {
  const { name, user: _user, result, error, ...facts } = step;
  const record = { step: name, ...taken, ...facts };
  if (taken.ms === undefined) return record;
  if (error !== undefined) return { ...record, ...faultOf(error) };
  const n = wordOf(result, 'n');
  const found = { ...foundOut(facts, result), ...usageOf(result) };
  return { ...record, ...found, outcome: outcomeOf(result), ...(n === '' ? {} : { try: Number(n) }) };
}

/** What one process wrote at once about one person, as text: what all records have in common stands there once. */
export function packRecords(records: readonly StepRecord[]): string {
  const [first, ...others] = records.map((record) => new Map(Object.entries(record)));
  const isShared = ([name, value]: [string, unknown]): boolean => others.every((other) => other.get(name) === value);
  const all = Object.fromEntries([...(first ?? [])].filter(isShared));
  const own = (record: StepRecord) => Object.fromEntries(Object.entries(record).filter(([name]) => !(name in all)));
  return JSON.stringify({ all, steps: records.map(own) });
}

/** Only errors of ours may say what they are about: others may quote what a person wrote. */
function faultOf(reason: unknown): Pick<StepRecord, 'outcome' | 'why'> {
  const { code, rawMessage } = RunnelError.from(reason);
  return code === 'unknown' ? { outcome: code } : { outcome: code, why: rawMessage.slice(0, LONGEST_WHY) };
}

/** What was not known before: the generation that an append woke, the pod that was made. */
function foundOut(facts: StepFacts, result: unknown): Pick<StepRecord, 'generation' | 'owner'> {
  const generation = wordOf(fieldOf(result, 'hint'), 'generation');
  const owner = wordOf(fieldOf(result, 'pod'), 'uid');
  return {
    ...(facts.generation === undefined && generation !== '' ? { generation } : {}),
    ...(owner === '' ? {} : { owner }),
  };
}

/** Numbers alone. */
function usageOf(result: unknown): Pick<StepRecord, 'usage'> {
  const usage = fieldOf(result, 'usage');
  const [inputTokens, outputTokens, costUsd] = ['inputTokens', 'outputTokens', 'costUsd'].map((name) =>
    fieldOf(usage, name),
  );
  if (typeof inputTokens !== 'number' || typeof outputTokens !== 'number') return {};
  return { usage: { inputTokens, outputTokens, ...(typeof costUsd === 'number' ? { costUsd } : {}) } };
}

const ANSWERS = new Set(['ok', 'lost', 'stale', 'busy']);

function outcomeOf(result: unknown): string {
  if (typeof result === 'boolean') return result ? 'yes' : 'no';
  if (typeof result === 'string') return ANSWERS.has(result) ? result : 'ok';
  const words = [wordOf(result, 'verdict'), wordOf(result, 'kind'), wordOf(result, 'stopReason')];
  return words.find((word) => word !== '') ?? 'ok';
}

function wordOf(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  return typeof field === 'string' || typeof field === 'number' ? String(field) : '';
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
