import { expect, test } from 'vitest';
import { inCode, titleOf } from './title-of.ts';

test('a title is the first line, cut to fit', () => {
  expect(titleOf('  \n make all\nand more')).toBe('make all');
  expect(titleOf('x'.repeat(200))).toHaveLength(80);
});

test('what stands in code does not end it', () => {
  expect(inCode('a `b` c')).toBe('`a ˋbˋ c`');
});
