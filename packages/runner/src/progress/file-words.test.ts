import { expect, test } from 'vitest';
import { sayMissing, sayTaken, titleOfMessage, withAttachments, withUnread } from './file-words.ts';

test('what is missing is told by its reason, one sentence for all', () => {
  const files = [
    { name: 'a.txt', path: '/x/a.txt' },
    { name: 'b.txt', missing: 'gone' },
    { name: 'c.txt', missing: 'login_page' },
    { name: 'd.txt', missing: 'gone' },
  ] as const;
  expect(sayMissing(files)).toBe(
    'Attached, but not read: `b.txt`, `d.txt` (not in Slack any more); `c.txt` (Slack asked me to log in instead: my app lacks the scope `files:read`).',
  );
  expect(sayTaken(files)).toBe('Attached: `/x/a.txt`.');
});

test('without files nothing is said of them', () => {
  expect(withAttachments('go', [])).toBe('go');
  expect(withUnread('go', [])).toBe('go');
});

test('a message without words is called by its files', () => {
  expect(titleOfMessage(' ', ['a.png', 'b.png'])).toBe('a.png, b.png');
  expect(titleOfMessage('fix it\nsoon', ['a.png'])).toBe('fix it');
});
