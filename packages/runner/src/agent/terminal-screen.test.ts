import { expect, test } from 'vitest';
import { TerminalNews } from './terminal-news.ts';
import { isEcho, newLines, screenLines, typeable, waitsForInput } from './terminal-screen.ts';

test('what is typed has no control characters but line breaks and tabs; behind an indented block comes a blank line', () => {
  expect(typeable('a\u0003\u001b[31mb\u009bc\u007f\td\r\ne\rf \n\n')).toBe('a[31mbc\td\ne\nf');
  expect(typeable('if x:\n  y')).toBe('if x:\n  y\n');
});

test('a screen is its lines, without what escapes are left and without blanks', () => {
  expect(screenLines('a  \n\n b\u001b[0m\n\n  \n')).toEqual(['a', '', ' b']);
});

test.each([
  ['>>>', true],
  ['>>> x', false],
  ['', false],
])('%j waits for input: %j', (line, waits) => {
  expect(waitsForInput(['>>>', line], /^>>> $/)).toBe(waits);
});

test('new is what comes behind the lines that are as they were', () => {
  expect(newLines(['a', '>'], ['a', '> b', 'c'])).toEqual(['> b', 'c']);
  expect(newLines(['a'], ['a'])).toEqual([]);
  expect(newLines(['a', 'b'], ['c', 'b'])).toEqual(['c', 'b']);
});

test.each([
  [['>>> x = 1'], 'x = 1', true],
  [['>>> if x:', '...   y', '...'], 'if x:\n  y\n', true],
  [[`> ${'long '.repeat(20)}`, ' line'], `${'long '.repeat(20)}line`, true],
  [['>>> if x:', '...   y', '...', '>>> z'], 'if x:\n  y\n\nz', true],
  [['> 6*7', '42'], '6*7', false],
  [['$ echo a', 'a', '$ echo b'], 'echo a\necho b', false],
  [['$ cd', 'a', '$ x'], 'cd\n\nx', false],
  [[], 'secret', false],
])('%j is what was typed as %j: %j', (shown, text, is) => {
  expect(isEcho(shown, text)).toBe(is);
});

test('what comes is told once, and a screen that is drawn anew by its new lines, not too often', () => {
  const news = new TerminalNews();
  expect(news.tell(['a'], 0)).toBe('a\n');
  expect(news.tell(['a', 'b'], 10)).toBe('b\n');
  expect(news.tell(['a'], 20)).toBe('');
  expect(news.tell(['a', 'b'], 30)).toBe('');
  expect(news.tell(['x', 'b'], 40)).toBe('x\n');
  expect(news.tell(['y', 'b'], 50)).toBe('');
  expect(news.tell(['y', 'b'], 1_100)).toBe('y\n');
  const many = news.tell(
    Array.from({ length: 2_000 }, (_, n) => `${n}`),
    3_000,
  );
  expect(many).toMatch(/^\[…\]\n1960\n[^]*1999\n$/);
});
