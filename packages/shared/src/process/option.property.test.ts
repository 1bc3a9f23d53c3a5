import fc from 'fast-check';
import { expect } from 'vitest';
import { testProperty } from '../testing/check-property.ts';
import { hostileText } from '../testing/hostile-values.ts';
import { option } from './option.ts';

const described = { env: 'X', description: 'Of the tests.', example: '' };

/** The value, or the complaint. */
function parse<T>({ parse: read }: { parse: (text: string) => T }, text: string): { value?: T; complaint?: string } {
  try {
    return { value: read(text) };
  } catch (error) {
    return { complaint: error instanceof Error ? error.message : 'no error at all' };
  }
}

const text = fc.oneof(
  hostileText,
  fc
    .tuple(fc.double({ noNaN: true, min: 0 }), fc.constantFrom('ms', 's', 'm', 'h', 'KiB', 'GiB'))
    .map((parts) => parts.join('')),
  fc.tuple(fc.nat(), fc.constantFrom('ms', 's', 'm', 'h', 'KiB', 'GiB')).map((parts) => parts.join('')),
);

testProperty('a duration is one that a timer can wait, or is complained of', { of: text, runs: 400 }, (given) => {
  const { value, complaint } = parse(option.duration(described), given);
  if (value === undefined) expect(complaint).toMatch(/^must be a duration/);
  else expect([Number.isSafeInteger(value), value > 0, value < 2 ** 31]).toEqual([true, true, true]);
});

testProperty('a size is a number of bytes, or is complained of', { of: text, runs: 400 }, (given) => {
  const { value, complaint } = parse(option.bytes(described), given);
  if (value === undefined) expect(complaint).toMatch(/^must be a size/);
  else expect([Number.isSafeInteger(value), value > 0]).toEqual([true, true]);
});

const address = fc.oneof(
  hostileText,
  fc.webUrl(),
  fc
    .tuple(fc.constantFrom('redis:', 'redis:/', 'redis://', ' redis://', 'REDIS://', 'rediss://'), hostileText)
    .map((parts) => parts.join('')),
);

testProperty('an address begins as it must, or is complained of', { of: address, runs: 400 }, (given) => {
  const { value, complaint } = parse(option.url(['redis:', 'rediss:'], described), given);
  if (value === undefined) expect(complaint).toMatch(/^must be an address/);
  else expect(value).toMatch(/^rediss?:\/\//i);
});
