import { expect, test } from 'vitest';
import { identityOf, readMessageName } from './read-message-name.ts';

const LINK = 'https://acme.slack.com/archives/C0123ABCD/p1700000000123456';

test.each([
  [[LINK], ':C0123ABCD:1700000000.123456'],
  [[`${LINK}?thread_ts=1699999999.000100&cid=C0123ABCD`], ':C0123ABCD:1700000000.123456'],
  [['T0:D0:1700000000.123456'], 'T0:D0:1700000000.123456'],
  [['D0:1700000000.123456'], ':D0:1700000000.123456'],
  [['D0', '1700000000.123456'], ':D0:1700000000.123456'],
  [['reply:T0:D0:1700000000.123456'], 'T0:D0:1700000000.123456'],
  [['reply:Ev0123'], 'Ev0123'],
])('%j is %s', (words, identity) => {
  expect(identityOf(readMessageName(words))).toBe(identity);
});

test.each([
  [[]],
  [['reply:']],
  [['hello']],
  [['https://acme.slack.com/archives/C0123ABCD']],
  [['https://acme.slack.com/team/p1700000000123456']],
  [[LINK, LINK]],
  [['D0', '1700000000.123456', 'x']],
])('%j names no message', (words) => {
  expect(() => readMessageName(words)).toThrow(/names no message|has to be named|delivery id is/);
});
