import { expect, test } from 'vitest';
import { decodePayload } from './entry.ts';

test('an entry that an earlier version appended is read as it is', () => {
  const raw =
    '{"v":1,"session":"T0:D0:1.0","author":"U1","at":1,"type":"prompt","ts":"1.0","text":"","fileNames":["a.txt"]}';
  expect(decodePayload(raw)).toEqual(JSON.parse(raw));
});
