import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideFileName, decideFileNames } from './decide-file-names.ts';

test.each([
  ['report.pdf', 'report.pdf'],
  ['Übersicht 2026 – Teil 1.txt', 'Übersicht_2026___Teil_1.txt'],
  ['画面.png', '画面.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\Users\\ada\\a.txt', 'a.txt'],
  ['-rf', 'rf'],
  ['.bashrc', 'bashrc'],
  ['..', 'file'],
  ['', 'file'],
  ['$(reboot);`id`.sh', '__reboot___id_.sh'],
  ['a\nb\0c.txt', 'a_b_c.txt'],
  [`${'x'.repeat(300)}.tar.gz`, `${'x'.repeat(77)}.gz`],
  [`${'x'.repeat(79)}😀`, `${'x'.repeat(79)}_`],
])('%j is kept as %j', (name, kept) => {
  expect(decideFileName(name)).toBe(kept);
});

test('two of a name are numbered, also where only the case differs or the number is taken', () => {
  expect(decideFileNames(['a.txt', 'A.txt', 'a.txt', 'a-2.txt', 'b'])).toEqual([
    'a.txt',
    'A-2.txt',
    'a-3.txt',
    'a-2-2.txt',
    'b',
  ]);
});

const name = fc.oneof(hostileText, fc.constantFrom('a', 'A', 'a-2', 'é', 'é', 'क़'.repeat(200), '.', '..', '-'));

testProperty(
  'whatever files are called, each has a name of its own that leads nowhere',
  { of: fc.array(name) },
  (some) => {
    const kept = decideFileNames(some);
    expect(new Set(kept.map((one) => one.toLowerCase())).size).toBe(some.length);
    for (const one of kept) {
      expect(one).toMatch(/^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}._-]*$/u);
      expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255);
    }
  },
);
