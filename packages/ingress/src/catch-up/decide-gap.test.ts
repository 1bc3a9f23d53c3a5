import { expect, test } from 'vitest';
import { decideGap } from './decide-gap.ts';

test.each([
  ['somebody listened a second ago', 9_000, false],
  ['somebody was slow to say so', 6_001, false],
  ['nobody said so for four seconds', 6_000, true],
  ['nobody ever listened, so nothing is missed', undefined, false],
  ['the clock went back', 11_000, false],
])('%s', (_, last, expected) => {
  expect(decideGap(last, 10_000)).toBe(expected);
});
