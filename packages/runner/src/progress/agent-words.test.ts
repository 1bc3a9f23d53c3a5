import { expect, test } from 'vitest';
import { AgentWords } from './agent-words.ts';

test('a tool is told when it starts, and again only when it has failed', () => {
  const words = new AgentWords();
  expect(words.of({ type: 'tool', call: '1', title: 'Bash: make', does: 'make' })).toBe('\n› Bash: make\n');
  expect(words.of({ type: 'tool', call: '2', title: 'Bash: test', does: 'test' })).toBe('\n› Bash: test\n');
  expect(words.of({ type: 'tool_ended', call: '1', isError: false })).toBe('');
  expect(words.of({ type: 'tool_ended', call: '2', isError: true })).toBe('\n✗ Bash: test\n');
  expect(words.of({ type: 'tool_ended', call: 'never begun', isError: true })).toBe('');
});

test('a plan is told when it has changed', () => {
  const words = new AgentWords();
  const plan = (state: 'pending' | 'active') =>
    words.of({
      type: 'plan',
      steps: [
        { title: 'look', state: 'done' },
        { title: 'do', state },
        { title: 'check', state: 'pending' },
      ],
    });
  expect(plan('pending')).toBe('\n✓ look\n○ do\n○ check\n');
  expect(plan('pending')).toBe('');
  expect(plan('active')).toBe('\n✓ look\n◐ do\n○ check\n');
});

test('what it says stays as it is, and a model that is asked again is told', () => {
  const words = new AgentWords();
  expect(words.of({ type: 'text', text: 'I look' })).toBe('I look');
  expect(words.of({ type: 'retrying', attempt: 1, waitMs: 2_000, reason: 'overloaded' })).toMatch(
    /^\n› .*overloaded.*2 s/,
  );
});
