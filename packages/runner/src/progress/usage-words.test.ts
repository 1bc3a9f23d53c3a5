import { expect, test } from 'vitest';
import { sayUsage } from './usage-words.ts';

test.each([
  [{ inputTokens: 14_023, outputTokens: 1_203, costUsd: 0.0812 }, 12_300, '_12 s · 14k tokens in, 1.2k out · $0.08_'],
  [{ inputTokens: 950, outputTokens: 7 }, 800, '_0 s · 950 tokens in, 7 out_'],
  [{ inputTokens: 1_000, outputTokens: 9_960, costUsd: 0 }, 61_000, '_1 min 1 s · 1k tokens in, 10k out_'],
  [
    { inputTokens: 999_600, outputTokens: 2_540_000, costUsd: 12 },
    3_600_000,
    '_1 h 0 min · 1M tokens in, 2.5M out · $12.00_',
  ],
  [{ inputTokens: 5, outputTokens: 999, costUsd: 0.0002 }, 0, '_0 s · 5 tokens in, 999 out · less than $0.01_'],
])('%o in %i ms', (usage, ms, line) => {
  expect(sayUsage(usage, ms)).toBe(line);
});

test('nothing where no model was asked', () => {
  expect(sayUsage(undefined, 1_000)).toBeUndefined();
  expect(sayUsage({ inputTokens: 0, outputTokens: 0, costUsd: 0 }, 1_000)).toBeUndefined();
});
