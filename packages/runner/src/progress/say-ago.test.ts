import { expect, test } from 'vitest';
import { sayAgo } from './say-ago.ts';

test.each([
  [-5, 'just now'],
  [59_999, 'just now'],
  [60_000, '1 minute ago'],
  [3 * 3_600_000 + 1, '3 hours ago'],
  [48 * 3_600_000, '2 days ago'],
])('%d ms are %s', (ms, words) => {
  expect(sayAgo(ms)).toBe(words);
});
