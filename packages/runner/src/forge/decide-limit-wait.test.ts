import { expect, test } from 'vitest';
import { decideLimitWait } from './decide-limit-wait.ts';

const NOW = 1_000_000;
const decide = (status: number, headers: Record<string, unknown> = {}, text = '') =>
  decideLimitWait({ status, headers, text }, NOW);

test('what the answer names is waited for', () => {
  expect(decide(429, { 'retry-after': '7' })).toBe(7_000);
  expect(decide(403, { 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1030' })).toBe(7_000);
  expect(decide(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1030' })).toBe(31_000);
});

test('never no time at all, whatever the clocks say', () => {
  expect(decide(429, { 'retry-after': '0' })).toBe(1_000);
  expect(decide(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '900' })).toBe(1_000);
});

test('a limit without a time is one of a minute', () => {
  expect(decide(403, {}, 'You have exceeded a secondary rate limit.')).toBe(60_000);
  expect(decide(429, { 'retry-after': 'soon' })).toBe(60_000);
});

test('other refusals are none', () => {
  expect(decide(403, { 'x-ratelimit-remaining': '17', 'x-ratelimit-reset': '1030' })).toBeUndefined();
  expect(decide(403, { 'x-ratelimit-remaining': '0' })).toBeUndefined();
  expect(decide(404, { 'retry-after': '7' })).toBeUndefined();
});
