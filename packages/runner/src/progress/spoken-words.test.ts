import { expect, test } from 'vitest';
import { sayLeftOut, sayProgress, sayStopped, withNotices } from './spoken-words.ts';

test('backticks of the message and of its output do not break out of their code', () => {
  const card = sayProgress({ text: 'echo `date`', seconds: 61, output: 'a\n```\nb\n' });
  expect(card).toBe('Running `echo ˋdateˋ`  ·  1 min 1 s\n````\na\n```\nb\n````');
});

test('without output there is only the line, and hours are hours', () => {
  expect(sayProgress({ text: 'sleep', seconds: 7_260, output: ' \n' })).toBe('Running `sleep`  ·  2 h 1 min');
});

test('a stop names what waits for a choice, and what there was no room for', () => {
  const stopped = (held: string[], dropped: string[] = []): string => sayStopped('U1', { output: '', held, dropped });
  expect(stopped([])).toBe('Stopped by <@U1>.');
  expect(stopped(['one\ntwo'])).toMatch(/This message .*:\n- one$/);
  expect(stopped(['one', 'two'])).toMatch(/These messages .*:\n- one\n- two$/);
  expect(stopped(['one'], ['two'])).toMatch(/this one will not be run:\n- two\n\nThis message .*:\n- one$/);
  expect(sayStopped('U1', { output: 'half', held: ['one'], dropped: [] })).toMatch(/\.\n\nhalf\n\nThis message/);
});

test('notices stand in front of the answer, and alone where there is none', () => {
  expect(withNotices('answer', ['careful'])).toBe('_careful_\n\nanswer');
  expect(withNotices('', ['careful'])).toBe('_careful_');
  expect(withNotices('answer', [])).toBe('answer');
});

test('of many files that were left out the first are named', () => {
  const leftOut = Array.from({ length: 7 }, (_, n) => ({ path: `files/${n}`, why: 'too much' }));
  expect(sayLeftOut(leftOut)).toMatch(/^Not kept when I sleep: `0` \(too much\), .* `4` \(too much\) and 2 more\.$/);
});
