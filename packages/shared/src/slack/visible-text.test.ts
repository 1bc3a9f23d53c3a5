import { expect, test } from 'vitest';
import { visibleText } from './visible-text.ts';

test.each([
  ['a NUL', 'a\0b', 'a␀b'],
  ['a bell, an escape, a delete', '\u0007\u001b \u007f', '␇␛ ␡'],
  ['colours', '\u001b[31mred\u001b[0m', 'red'],
  ['line ends of Windows', 'a\r\nb', 'a\nb'],
  ['a progress bar', '10%\r20%\r', '10%\n20%\n'],
  ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ['what turns the text around', 'a\u202eb', 'a\\u202eb'],
  ['C1 controls', '\u0085', '\\u0085'],
])('shows %s', (_, text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

test('leaves text alone that can be seen', () => {
  expect(visibleText('é 😀 日本\t|\n')).toBe('é 😀 日本\t|\n');
});

// What is quadratic takes minutes here, and the test its time-out.
test('a megabyte of escape sequences that are not finished is dealt with', () => {
  expect(visibleText('\u001b]'.repeat(500_000))).toBe('␛]'.repeat(500_000));
});
