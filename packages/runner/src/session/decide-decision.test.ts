import { expect, test } from 'vitest';
import { decideDecision } from './decide-decision.ts';

const permission = { kind: 'permission', title: 'rm', does: 'rm' } as const;
const question = { kind: 'question', text: 'which?', choices: ['a', 'b'] } as const;
const parked = { ask: permission, at: 1_000, isParked: true };
const rule = { permissionTimeoutMs: 500 };

test.each([
  ['allow', { kind: 'allow', always: false }],
  ['always', { kind: 'allow', always: true }],
  ['deny', { kind: 'deny' }],
] as const)('%s goes to the turn that waits, and takes a turn where that is parked', (chosen, decision) => {
  const facts = { ...rule, asked: { ...parked, isParked: false } };
  expect(decideDecision({ chosen, at: 1_200 }, facts)).toEqual({ kind: 'answer', decision });
  expect(decideDecision({ chosen, at: 1_200 }, { ...rule, asked: parked })).toEqual({ kind: 'resume', decision });
});

test('a choice is its whole text', () => {
  const asked = { ...parked, ask: question };
  expect(decideDecision({ chosen: 1, at: 1_200 }, { ...rule, asked })).toEqual({
    kind: 'resume',
    decision: { kind: 'answer', text: 'b' },
  });
});

test('what was written answers a question without choices, and nothing else', () => {
  const open = { ...question, choices: [] };
  const decide = (ask: typeof open | typeof question | typeof permission) =>
    decideDecision({ chosen: { text: 'main' }, at: 1_200 }, { ...rule, asked: { ...parked, ask } });
  expect(decide(open)).toEqual({ kind: 'resume', decision: { kind: 'answer', text: 'main' } });
  expect(decide(question).kind).toBe('too_late');
  expect(decide(permission).kind).toBe('too_late');
});

test('a button that the ask has not decides nothing', () => {
  expect(decideDecision({ chosen: 0, at: 1_200 }, { ...rule, asked: parked }).kind).toBe('too_late');
  for (const chosen of [2, 'allow'] as const) {
    expect(decideDecision({ chosen, at: 1_200 }, { ...rule, asked: { ...parked, ask: question } }).kind).toBe(
      'too_late',
    );
  }
});

test('what is decided already, or not asked any more, is too late; after the time-out it has expired', () => {
  expect(decideDecision({ chosen: 'allow', at: 1_200 }, { ...rule, asked: undefined }).kind).toBe('too_late');
  expect(decideDecision({ chosen: 'allow', at: 1_500 }, { ...rule, asked: parked }).kind).toBe('resume');
  expect(decideDecision({ chosen: 'allow', at: 1_501 }, { ...rule, asked: parked }).kind).toBe('expired');
});
