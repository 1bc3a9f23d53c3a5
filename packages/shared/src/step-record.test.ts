import { expect, test } from 'vitest';
import { RunnelError } from './errors.ts';
import { hasFailed, isQuiet, packRecords, stepRecord } from './step-record.ts';
import type { Step } from './step.ts';

const taken = { at: 1, ms: 2, process: 'runner', place: '7@host' };
const holder = { user: 'T0:U0', generation: '5', owner: 'pod' } as const;

const outcomeOf = (step: Step) => stepRecord(step, taken);

test('facts stand in it as they are, but for the person: the trace is theirs', () => {
  expect(
    stepRecord({ name: 'begin', ...holder, session: 'S', identities: ['m'], result: { kind: 'try', n: 2 } }, taken),
  ).toEqual({
    step: 'begin',
    ...taken,
    generation: '5',
    owner: 'pod',
    session: 'S',
    identities: ['m'],
    outcome: 'try',
    try: 2,
  });
});

test.each<[unknown, string]>([
  ['ok', 'ok'],
  ['lost', 'lost'],
  ['1700000000.000100', 'ok'],
  [undefined, 'ok'],
  [true, 'yes'],
  [false, 'no'],
  [{ verdict: 'duplicate', hint: { kind: 'none' } }, 'duplicate'],
  [{ kind: 'conflict' }, 'conflict'],
  [{ type: 'finished', stopReason: 'canceled', reply: 'what a person reads' }, 'canceled'],
])('%j is %s in a word', (result, word) => {
  expect(outcomeOf({ name: 'run', result }).outcome).toBe(word);
});

test('what is found out by a step is in it: the generation that an append woke, the pod that was made', () => {
  const hint = { kind: 'wake', generation: '9' };
  expect(outcomeOf({ name: 'enqueue', result: { verdict: 'queued', hint } }).generation).toBe('9');
  expect(outcomeOf({ name: 'end', generation: '5', result: { kind: 'ended', hint } }).generation).toBe('5');
  expect(outcomeOf({ name: 'create', result: { kind: 'created', pod: { uid: 'pod' } } }).owner).toBe('pod');
});

test('what a turn took is in it, numbers alone', () => {
  const usage = { inputTokens: 1_030, outputTokens: 207, costUsd: 0.006, model: 'what it was asked' };
  expect(outcomeOf({ name: 'run', result: { stopReason: 'end_turn', usage } }).usage).toEqual({
    inputTokens: 1_030,
    outputTokens: 207,
    costUsd: 0.006,
  });
  expect(outcomeOf({ name: 'run', result: { stopReason: 'end_turn', usage: { inputTokens: 'many' } } }).usage).toBe(
    undefined,
  );
});

test('an error is its code, with what it says if it is one of ours; nobody is quoted', () => {
  const refused = new RunnelError('slack_refused', 'x'.repeat(300));
  expect(outcomeOf({ name: 'post', error: refused })).toMatchObject({ outcome: 'slack_refused', why: 'x'.repeat(200) });
  const foreign = outcomeOf({ name: 'post', error: new SyntaxError('Unexpected token in "my password is …"') });
  expect(foreign.outcome).toBe('unknown');
  expect(JSON.stringify(foreign)).not.toContain('password');
  expect(JSON.stringify(outcomeOf({ name: 'run', result: { stopReason: 'end_turn', reply: 'secret' } }))).not.toContain(
    'secret',
  );
});

test('under way it has neither an outcome nor a duration', () => {
  const { ms: _ms, ...begun } = taken;
  expect(stepRecord({ name: 'run', identities: ['m'] }, begun)).toEqual({ step: 'run', ...begun, identities: ['m'] });
});

test('what comes all the time is quiet, and a renewal that lost its lease has failed', () => {
  expect(['look', 'read', 'renew', 'sweep', 'reconcile'].every((name) => isQuiet({ name } as Step))).toBe(true);
  expect(isQuiet({ name: 'begin' })).toBe(false);
  expect(hasFailed({ name: 'renew', result: 'lost' })).toBe(true);
  expect(hasFailed({ name: 'renew', result: 'ok' })).toBe(false);
  expect(hasFailed({ name: 'renew', error: new Error('away') })).toBe(true);
});

test('what all records of an entry have in common is written once', () => {
  const records = [
    stepRecord({ name: 'begin', ...holder, identities: ['m'], result: { kind: 'try', n: 1 } }, taken),
    stepRecord({ name: 'archive', ...holder, session: 'S', result: undefined }, { ...taken, at: 5 }),
  ];
  const text = packRecords(records);
  expect(text.match(/7@host/g)).toHaveLength(1);
  const { all, steps } = JSON.parse(text) as { all: object; steps: object[] };
  expect(steps.map((own) => ({ ...all, ...own }))).toEqual(records);
});
