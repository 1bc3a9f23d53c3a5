import { expect, test } from 'vitest';
import { inputDoes } from './input-does.ts';

const shell = { isShell: true };
const command = { command: 'rm -r build', description: 'Clean up' };

test.each([
  { ...command, description: 'Remove what was built' },
  { description: 'Clean up', command: 'rm -r build', timeout: 1_000 },
  { command: 'rm -r build' },
])('a command is the same whatever is said about it: %j', (other) => {
  expect(inputDoes(other, shell)).toEqual(inputDoes(command, shell));
});

test.each([
  [command, { ...command, command: 'rm -r build ' }],
  [command, { ...command, description: 'Something else' }],
  [
    { title: 'an issue', description: 'one' },
    { title: 'an issue', description: 'other' },
  ],
  [
    { command: ['rm'], description: 'one' },
    { command: ['rm'], description: 'other' },
  ],
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  ['a', 'b'],
])('what does something else is not: %j and %j', (one, other) => {
  expect(inputDoes(one, { isShell: false })).not.toEqual(inputDoes(other, { isShell: false }));
});

test('a command in another folder is another one', () => {
  expect(inputDoes({ ...command, cwd: '/' }, shell)).not.toEqual(inputDoes(command, shell));
});
