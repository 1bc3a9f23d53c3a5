import { expect, test } from 'vitest';
import { readWord } from './read-word.ts';

test.each([
  ['help', { name: 'help' }],
  ['!Status', { name: 'status' }],
  ['stay', { name: 'stay', ms: 1_800_000 }],
  ['stay 45m', { name: 'stay', ms: 2_700_000 }],
  ['!STAY 5 min', { name: 'stay', ms: 300_000 }],
  ['stay 1h', { name: 'stay', ms: 3_600_000 }],
  ['stay 9999h', { name: 'stay', ms: 7_200_000 }],
  ['stay 0m', { name: 'stay', ms: 0 }],
])('%s is a word', (text, word) => {
  expect(readWord(text)).toEqual(word);
});

test.each(['', 'helper', 'help me', 'stay calm', 'stay 30', 'stay -1m', 'stay 1.5h', 'do stay', '!!help'])(
  '"%s" is for the agent',
  (text) => {
    expect(readWord(text)).toBeUndefined();
  },
);
