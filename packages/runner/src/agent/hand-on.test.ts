import { expect, test } from 'vitest';
import type { Said } from './agent-provider.ts';
import { handOn } from './hand-on.ts';

const said = (agent: string, asked: string, answered = 'done'): Said => ({ agent, asked, answered });

test('who was there knows it', () => {
  expect(handOn([], 'claude')).toBeUndefined();
  expect(handOn([said('codex', 'a'), said('claude', 'b')], 'claude')).toBeUndefined();
});

test('what others did since is told, oldest first', () => {
  const told = handOn([said('claude', 'a'), said('codex', 'b'), said('shell', 'ls', 'x y')], 'claude');
  expect(told).toMatch(/Asked: b\ncodex answered: done\n\nAsked: ls\nshell answered: x y\n\nNow you go on\.\)$/);
  expect(told).not.toContain('Asked: a');
});

test('a turn that failed may have heard nothing', () => {
  const history = [said('codex', 'b'), { ...said('claude', 'c'), hasFailed: true }];
  expect(handOn(history, 'claude')).toMatch(/Asked: b\n/);
  expect(handOn(history, 'claude')).not.toContain('Asked: c');
});

test('of much the newest is told, and that there was more', () => {
  const history = Array.from({ length: 50 }, (_, place) => said('codex', `n${place}`, 'y'.repeat(3_000)));
  const told = handOn(history, 'claude') ?? '';
  expect(told.length).toBeLessThan(25_000);
  expect(told).toMatch(/\[the first 43 left out\]\n\nAsked: n43\n/);
  expect(handOn([said('codex', 'z'.repeat(100_000))], 'claude')).toMatch(/z \[…\]\ncodex answered: done/);
});
