import { expect, test } from 'vitest';
import { decideRepositoryName } from './decide-repository-name.ts';

test.each([
  ['ada', 'ada'],
  ['Ada.Lovelace_2', 'ada.lovelace_2'],
  ['Ünï cöde', 'uni-code'],
  ['../-rf', 'rf'],
  ['ada.git', 'ada'],
  ['ada.wiki.git', 'ada'],
  ['小川', 'repository'],
  ['', 'repository'],
  ['..', 'repository'],
  ['a'.repeat(200), 'a'.repeat(90)],
])('the handle %j makes %j', (handle, name) => {
  expect(decideRepositoryName(handle, 1)).toBe(name);
});

test('the next ones are counted', () => {
  expect([1, 2, 3].map((attempt) => decideRepositoryName('ada', attempt))).toEqual(['ada', 'ada-2', 'ada-3']);
});
