import { expect, test } from 'vitest';
import { parsePatch } from './parse-patch.ts';

test('what is added stands where it stands in the file', () => {
  const patch = [
    'diff --git a.txt a.txt',
    '--- a.txt',
    '+++ a.txt',
    '@@ -0,0 +1,2 @@',
    '+one',
    '+two',
    '@@ -7 +9 @@ heading',
    '-old',
    '+nine',
    '\\ No newline at end of file',
  ].join('\n');
  expect(parsePatch(patch)).toEqual([
    { path: 'a.txt', text: ['one', 'two', '', '', '', '', '', '', 'nine'].join('\n') },
  ]);
});

test('lines that look like headings are lines', () => {
  const patch = [
    '+++ a',
    '@@ -1,2 +1,2 @@',
    '--- b',
    '-@@ -1 +1 @@',
    '+++ c',
    '+@@ -0,0 +1,9 @@',
    '+++ -rf',
    '@@ -0,0 +1 @@',
    '+x',
  ];
  expect(parsePatch(patch.join('\n'))).toEqual([
    { path: 'a', text: '++ c\n@@ -0,0 +1,9 @@' },
    { path: '-rf', text: 'x' },
  ]);
});

test('a quoted name is shown plainly', () => {
  expect(parsePatch('+++ "a\\"b"\n@@ -0,0 +1 @@\n+x')).toEqual([{ path: 'a"b', text: 'x' }]);
  expect(parsePatch('+++ a b\t\n@@ -0,0 +1 @@\n+x')).toEqual([{ path: 'a b', text: 'x' }]);
});
