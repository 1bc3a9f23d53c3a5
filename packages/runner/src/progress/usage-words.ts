// What a turn took, as the last line of its answer.
import type { Usage } from '../agent/agent-provider.ts';
import { formatSeconds } from './spoken-words.ts';

/** Undefined where no model was asked. Of `ms` the time in which a person was asked is a part. */
export function sayUsage(usage: Usage | undefined, ms: number): string | undefined {
  if (usage === undefined || usage.inputTokens + usage.outputTokens === 0) return undefined;
  const { inputTokens, outputTokens, costUsd = 0 } = usage;
  const tokens = `${inThousands(inputTokens)} tokens in, ${inThousands(outputTokens)} out`;
  const parts = [formatSeconds(ms / 1_000), tokens, ...(costUsd > 0 ? [inDollars(costUsd)] : [])];
  return `_${parts.join(' · ')}_`;
}

const STEPS = [
  { of: 1_000_000, unit: 'M' },
  { of: 1_000, unit: 'k' },
];

/** `950`, `1.2k`, `14k`, `2.5M`. */
function inThousands(count: number): string {
  // What rounds to a thousand of one step is one of the next.
  const step = STEPS.find(({ of }) => Math.round((count * 1_000) / of) >= 1_000);
  if (step === undefined) return String(count);
  const shown = count / step.of;
  return `${shown < 9.95 ? shown.toFixed(1).replace(/\.0$/, '') : Math.round(shown)}${step.unit}`;
}

function inDollars(costUsd: number): string {
  return costUsd < 0.005 ? 'less than $0.01' : `$${costUsd.toFixed(2)}`;
}
