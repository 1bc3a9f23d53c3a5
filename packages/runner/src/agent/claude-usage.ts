// What a turn of Claude Code took. Its program counts over the whole conversation, through every resume.
import { z } from 'zod';
import type { Usage } from './agent-provider.ts';

const tokens = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadInputTokens: z.number(),
  cacheCreationInputTokens: z.number(),
});

/** By model; those of subagents are in it. */
const modelUsage = z.record(z.string(), tokens);

/** A line of the conversation's file. */
const costState = z.object({ totalCostUSD: z.number(), modelUsage });

type ModelUsage = z.infer<typeof modelUsage>;

export type ClaudeTotal = Required<Usage>;

export function totalOf(costUsd: number, models: ModelUsage): ClaudeTotal {
  const sum = (count: (used: z.infer<typeof tokens>) => number): number =>
    Object.values(models).reduce((total, used) => total + count(used), 0);
  return {
    inputTokens: sum((used) => used.inputTokens + used.cacheReadInputTokens + used.cacheCreationInputTokens),
    outputTokens: sum((used) => used.outputTokens),
    costUsd,
  };
}

/** As the conversation's file has it, which the next turn counts on from; nothing where it has none. */
export function totalIn(conversation: string): ClaudeTotal {
  const begin = conversation.lastIndexOf('{"type":"cost-state"');
  if (begin === -1) return totalOf(0, {});
  const { totalCostUSD, modelUsage: models } = costState.parse(
    JSON.parse(conversation.slice(begin).split('\n', 1)[0] ?? ''),
  );
  return totalOf(totalCostUSD, models);
}

/** A program that did not come up counts nothing at all. */
export function usageSince(before: ClaudeTotal, now: ClaudeTotal): Usage {
  return {
    inputTokens: Math.max(0, now.inputTokens - before.inputTokens),
    outputTokens: Math.max(0, now.outputTokens - before.outputTokens),
    costUsd: Math.max(0, now.costUsd - before.costUsd),
  };
}
