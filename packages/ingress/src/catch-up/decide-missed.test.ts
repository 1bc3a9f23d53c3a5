import { expect, test } from 'vitest';
import { decideMissed } from './decide-missed.ts';

const said = (...all: string[]) => all.map((ts) => ({ ts, hasReplies: false, body: { ts } }));

test('messages after a moment, in the order they were written', () => {
  const channel = said('1766458030.000002', '1766458030.000001', '1766458029.999999');
  expect(decideMissed(channel, '1766458029.999999').map(({ ts }) => ts)).toEqual([
    '1766458030.000001',
    '1766458030.000002',
  ]);
});

test('the root that every answer about a thread begins with is as old as it is', () => {
  const thread = said('1766450000.000100', '1766458030.000001');
  expect(decideMissed(thread, '1766458000.000000').map(({ ts }) => ts)).toEqual(['1766458030.000001']);
});
