// What cannot be seen of an agent's own program without waiting: when its input counts as whole.
import { expect, onTestFinished, test, vi } from 'vitest';
import { AcpUpdates } from './acp-updates.ts';
import type { AgentEvent } from './agent-provider.ts';

function hearing() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const told: AgentEvent[] = [];
  return { told, updates: new AcpUpdates((event) => void told.push(event)) };
}

const announced = { sessionUpdate: 'tool_call', toolCallId: 'a', title: 'Terminal', kind: 'execute' } as const;
const refined = (command: string) =>
  ({ sessionUpdate: 'tool_call_update', toolCallId: 'a', title: command, rawInput: { command } }) as const;

test('a call whose agent does not say that it runs is told when its input has not changed for a while', () => {
  const { told, updates } = hearing();
  updates.hear({ ...announced, status: 'pending', rawInput: {} });
  vi.advanceTimersByTime(4_000);
  updates.hear(refined('npm test'));
  vi.advanceTimersByTime(4_000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(1_000);
  expect(told).toMatchObject([{ type: 'tool', call: 'a', title: 'execute: npm test' }]);
});

test('such calls are never taken for the same: their input may be cut', () => {
  const { told, updates } = hearing();
  for (const toolCallId of ['a', 'b']) updates.hear({ ...announced, toolCallId, title: 'cd shop' });
  vi.advanceTimersByTime(5_000);
  const [one, other] = told.map((event) => (event.type === 'tool' ? event.does : ''));
  expect(one).not.toBe(other);
});

test('calls that are known to be whole may be the same', () => {
  const { told, updates } = hearing();
  for (const toolCallId of ['a', 'b']) updates.hear({ ...announced, toolCallId, status: 'in_progress' });
  const [one, other] = told.map((event) => (event.type === 'tool' ? event.does : ''));
  expect(one).toBe(other);
});

test('what has ended is told once, and nothing after it; once all is over nothing is', () => {
  const { told, updates } = hearing();
  updates.hear(announced);
  updates.hear({ ...refined('false'), status: 'completed', rawOutput: { metadata: { exit: 1 } } });
  updates.hear({ ...refined('false'), status: 'completed' });
  updates.hear({ ...announced, toolCallId: 'b' });
  updates.end();
  vi.advanceTimersByTime(10_000);
  expect(told).toMatchObject([
    { type: 'tool', title: 'execute: false' },
    { type: 'tool_ended', call: 'a', isError: true },
  ]);
});
