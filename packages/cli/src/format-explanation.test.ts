import { expect, test } from 'vitest';
import { formatExplanation } from './format-explanation.ts';
import { parseStepRecords } from './parse-step-records.ts';

test('what a turn took stands behind it, through the trace and back', () => {
  const usage = { inputTokens: 1_030, outputTokens: 207, costUsd: 0.0062 };
  const run = { step: 'run', at: 1, ms: 2, process: 'runner', place: '7@host', outcome: 'end_turn', usage };
  const steps = parseStepRecords([JSON.stringify({ all: {}, steps: [run] })]);
  const verdict = { state: 'answered', sentence: 'It was answered.' } as const;
  const formatted = formatExplanation({ message: 'T0:D0:1.0', verdict, steps });
  expect(formatted).toContain('end_turn, 1030 tokens in, 207 out, $0.0062');
});
