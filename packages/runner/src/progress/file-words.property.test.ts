import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { sayMissing, withUnread } from './file-words.ts';

const name = fc.oneof(hostileText, fc.constantFrom('a`b', '``', '\n`x`'));
const names = { of: fc.array(name, { minLength: 1, maxLength: 60 }) };

testProperty(
  'names of files cannot leave their quotes, and are never so many that nobody reads them',
  names,
  (some) => {
    const text = sayMissing(some.map((one) => ({ name: one, missing: 'gone' as const }))) ?? '';
    const shown = Math.min(some.length, 5);
    expect(text.split('`')).toHaveLength(2 * shown + 1);
    expect(text).not.toContain('\n');
    expect(text.includes(` and ${some.length - 5} more`)).toBe(some.length > 5);
    expect(withUnread('yes', some).split('`')).toHaveLength(2 * shown + 1);
  },
);
