import { expect, test } from 'vitest';
import type { SessionFile } from './list-session-files.ts';
import { changesSince, fingerprintOf, takeSnapshot } from './session-snapshot.ts';

function file(path: string, stamp: string, changedMs = 10): SessionFile {
  return { path, source: '', type: path.endsWith('/') ? 'Directory' : 'File', size: 0, mode: 0, stamp, changedMs };
}

test('what was changed in the tick in which it was listed, or dated in the future, counts as changed', () => {
  const files = [file('old', '1'), file('now', '1', 20), file('future', '1', 30)];
  const { changed, without } = changesSince(takeSnapshot(files, 20), files);
  expect(changed.map(({ path }) => path)).toEqual(['now', 'future']);
  expect(without).toEqual(['now', 'future']);
  expect(fingerprintOf(files, 20)).toBeUndefined();
  expect(fingerprintOf(files.slice(0, 2), 21)).toMatch(/^[0-9a-f]{64}$/);
});

test('what is gone, another, or of another kind is passed over; a folder that stays is not', () => {
  const before = takeSnapshot(
    ['gone', 'other', 'same', 'folder/', 'folder/in', 'kind'].map((path) => file(path, '1')),
    20,
  );
  const now = [file('other', '2'), file('same', '1'), file('folder/', '2'), file('folder/in', '1'), file('kind/', '1')];
  const { changed, without } = changesSince(before, now);
  expect(changed.map(({ path }) => path)).toEqual(['other', 'folder/', 'kind/']);
  expect(without).toEqual(['gone', 'other', 'kind']);
});

test('the fingerprint is another one for any other name or stamp', () => {
  const prints = [
    [file('a', '1')],
    [file('a', '2')],
    [file('b', '1')],
    [file('a', '1'), file('b', '1')],
    [file('a', ''), file('1', '')],
  ].map((files) => fingerprintOf(files, 20));
  expect(new Set(prints).size).toBe(prints.length);
  expect(fingerprintOf([file('a', '1')], 20)).toBe(prints[0]);
});
