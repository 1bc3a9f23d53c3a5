import { expect, test } from 'vitest';
import { scriptedWords } from './scripted-words.ts';

test('a message can make it ask, and is said back otherwise', () => {
  expect(scriptedWords('ask: rm -rf build')).toEqual([
    { ask: { kind: 'permission', title: 'rm -rf build', does: 'rm -rf build' } },
  ]);
  expect(scriptedWords('choose: which? | a | b')).toEqual([
    { ask: { kind: 'question', text: 'which?', choices: ['a', 'b'] } },
  ]);
  expect(scriptedWords('question: why?')).toEqual([{ ask: { kind: 'question', text: 'why?', choices: [] } }]);
  expect(scriptedWords('(You were interrupted.)\n\nquestion: why?')).toEqual(scriptedWords('question: why?'));
  expect(scriptedWords('You asked me: ask: this')).toEqual([{ say: 'You asked me: ask: this' }]);
});
