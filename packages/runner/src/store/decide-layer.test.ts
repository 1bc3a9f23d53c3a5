import { expect, test } from 'vitest';
import { isWorthALayer } from './decide-layer.ts';

const MB = 1024 ** 2;
const files = (...sizes: number[]) => sizes.map((size) => ({ size }));

test('a layer is for large sessions of which little changed; of many files each counts, however small', () => {
  expect(isWorthALayer(files(1), files(1, 3 * MB))).toBe(false);
  expect(isWorthALayer(files(1), files(1, 4 * MB))).toBe(true);
  expect(isWorthALayer([], files(4 * MB))).toBe(true);
  expect(isWorthALayer(files(5 * MB), files(5 * MB, 20 * MB))).toBe(true);
  expect(isWorthALayer(files(5 * MB), files(5 * MB, 14 * MB))).toBe(false);
  const empty = files(...Array.from({ length: 100_000 }, () => 0));
  expect(isWorthALayer(empty.slice(0, 30_000), empty)).toBe(false);
  expect(isWorthALayer(empty.slice(0, 20_000), empty)).toBe(true);
});
