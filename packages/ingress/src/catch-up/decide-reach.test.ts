import { expect, test } from 'vitest';
import { decideReach } from './decide-reach.ts';

const HOUR = 3_600_000;
const now = 1_766_458_026_240;

test('a history is read from a minute before the gap', () => {
  expect(decideReach({ since: now - HOUR, now, seenMs: 24 * HOUR, takesMs: 300_000 })).toBe('1766454366.240000');
});

test('what may be forgotten before it is taken is not read', () => {
  const reach = decideReach({ since: now - 30 * HOUR, now, seenMs: 24 * HOUR, takesMs: 300_000 });
  expect(Number(reach) * 1_000 + 24 * HOUR).toBe(now + 300_000);
});
