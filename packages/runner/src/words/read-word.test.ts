import { expect, test } from 'vitest';
import { readWord } from './read-word.ts';

test.each([
  ['agent', { name: 'agent', value: undefined }],
  ['!Agent  Codex', { name: 'agent', value: 'codex' }],
  [' model ', { name: 'model', value: undefined }],
  ['repo acme/Shop', { name: 'repo', value: 'acme/Shop' }],
  ['repo <https://github.com/acme/shop>', { name: 'repo', value: '<https://github.com/acme/shop>' }],
  ['Branch', { name: 'branch', value: undefined }],
  ['!NEW', { name: 'new' }],
  ['Forget  me', { name: 'forget me' }],
  ['Sessions', { name: 'sessions' }],
  ['model Claude-Opus-4-5', { name: 'model', value: 'Claude-Opus-4-5' }],
])('%s is a word', (text, word) => {
  expect(readWord(text)).toEqual(word);
});

test.each([
  '',
  'agents',
  'agent of change now',
  'the model',
  'model a b',
  '!!agent',
  'agent\ncodex x',
  'branch out more',
  'new one',
  'forget',
  'forget me not',
  'sessions please',
  'news',
])('"%s" is for the agent', (text) => {
  expect(readWord(text)).toBeUndefined();
});
