// The story of a message as a person reads it: a line a step, then the verdict.
import type { StepRecord, StepUsage } from '@runnel/shared';
import type { Explanation } from './explain-message.ts';
import { faultOf } from './fault-of.ts';
import { formatTable } from './format-table.ts';
import { sayDuration } from './say-duration.ts';
import { sayTime } from './say-time.ts';

export function formatExplanation({ message, user, verdict, steps }: Explanation): string {
  const head = `Message ${message}${user === undefined ? '' : ` of ${user}`}`;
  return `${[head, ...table(steps), verdict.sentence].join('\n\n')}\n`;
}

const TITLES = ['took', 'process', 'step', 'outcome', 'generation', 'pod'];

function table(steps: readonly StepRecord[]): string[] {
  const [first] = steps;
  if (first === undefined) return [];
  const titles = [`${new Date(first.at).toISOString().slice(0, 10)} UTC`, ...TITLES];
  return [
    formatTable([titles, ...steps.map(cells)]),
    'Times are those of the clock of the process that took the step.',
  ];
}

function cells(record: StepRecord): string[] {
  const { step, at, ms, process, place, generation = '', owner = '', source } = record;
  return [
    sayTime(at),
    ms === undefined ? '…' : sayDuration(ms),
    `${process} ${place}`,
    source === undefined || source === '' ? step : `${step} (${source})`,
    outcomeOf(record),
    generation,
    owner,
  ];
}

function outcomeOf(record: StepRecord): string {
  if (record.ms === undefined) return 'under way, or its process ended';
  if (record.try !== undefined) return `try ${record.try}`;
  const outcome = record.why === undefined ? (record.outcome ?? '') : faultOf(record);
  return record.usage === undefined ? outcome : `${outcome}, ${sayUsage(record.usage)}`;
}

function sayUsage({ inputTokens, outputTokens, costUsd }: StepUsage): string {
  const tokens = `${inputTokens} tokens in, ${outputTokens} out`;
  return costUsd === undefined ? tokens : `${tokens}, $${costUsd.toFixed(4)}`;
}
