// Keys, arguments and answers of each script, in the order of its head comment.
import { redisKeys } from '@runnel/shared/redis';
import type { Answer, Call, ScriptSettings, Verb } from './calls.ts';
import { messageOf, type Name } from './messages.ts';
import { deadKey, inboxKey, leaseKey, triesKey, user, type RealNumbers } from './real-keys.ts';

/** The lengths of pauses are no part of a state: all are as long as this. */
const DURATION_MS = 60_000;
/** More than any world takes away. */
const TAKE_BACKS = 20;

type Command = { readonly names: readonly string[]; readonly args: readonly (string | number)[] };

const namesByVerb: Readonly<Record<Exclude<Verb, 'enqueue'>, readonly string[]>> = {
  acquire: [leaseKey],
  renew: [leaseKey],
  begin: [leaseKey, inboxKey, triesKey],
  acknowledge: [leaseKey, inboxKey, triesKey, deadKey],
  release: [leaseKey, inboxKey, triesKey],
  end: [leaseKey, inboxKey, triesKey],
  reopen: [leaseKey, inboxKey],
  sweep: [leaseKey, inboxKey, redisKeys.dirty],
};

export function toCommand(call: Call, numbers: RealNumbers, settings: ScriptSettings): Command {
  const { verb, words: [word = '', ...words] = [], owner = '', entries = [] } = call;
  const generation = numbers.generation(call.generation ?? 0);
  const pairs = entries.flatMap(({ id, name }) => [numbers.id(id), name]);
  const backoff = [DURATION_MS, DURATION_MS, settings.circuitAfter, DURATION_MS];
  if (verb === 'enqueue') {
    const kind = messageOf(word as Name).kind === 'prompt' ? 'prompt' : 'control';
    const names = [redisKeys.seen(user, word), inboxKey, leaseKey, redisKeys.dirty];
    return { names, args: [user, word, kind, words[0] ?? kind, DURATION_MS, settings.maxBacklog] };
  }
  const args: Readonly<Record<typeof verb, Command['args']>> = {
    acquire: [generation, owner, DURATION_MS],
    renew: [generation, owner, DURATION_MS],
    begin: [generation, owner, ...pairs],
    acknowledge: [generation, owner, word, ...pairs],
    release: [generation, owner, word, TAKE_BACKS],
    end: [generation, owner, word, ...words, ...backoff, TAKE_BACKS],
    reopen: [],
    sweep: [user, word === '' ? '' : `${generation} ${word}`],
  };
  return { names: namesByVerb[verb], args: args[verb] };
}

export function readAnswer({ verb }: Call, result: unknown, numbers: RealNumbers): Answer {
  const [kind = '', second = '', third = '', fourth = ''] = (Array.isArray(result) ? result : [result]).map(String);
  const plain: Answer = { kind, hint: '', generation: 0, n: 0 };
  const hinted = (hint: string, value: string): Answer => {
    if (hint === 'wake') return { ...plain, hint, generation: numbers.readGeneration(value) };
    return hint === 'waits' ? { ...plain, hint } : plain;
  };
  const read: Partial<Record<Verb, () => Answer>> = {
    begin: () => ({ ...plain, n: Number(second) }),
    release: () => hinted(kind === 'handoff' ? 'wake' : '', second),
    reopen: () => hinted(kind, second),
    sweep: () => hinted(kind, second),
    end: () => (fourth === 'open' ? { ...plain, hint: 'open' } : hinted(second, third)),
    enqueue: () => hinted(second, third),
  };
  return read[verb]?.() ?? plain;
}
