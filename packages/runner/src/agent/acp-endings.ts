// How a turn of an agent of the Agent Client Protocol ended. The protocol has no stop reason for a failure, and agents that meet one may
// say that all went well.
import { RequestError, type PromptResponse, type StopReason } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { AcpUpdates } from './acp-updates.ts';
import type { AgentEvent, Usage } from './agent-provider.ts';

const AUTH_REQUIRED = -32_000;

/** Of a process that runs one turn, so it is that of the turn. Not in the stable protocol yet, and told by all the same. */
const usageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cachedReadTokens: z.number().nullish(),
  cachedWriteTokens: z.number().nullish(),
  thoughtTokens: z.number().nullish(),
});

const whyStopped: Readonly<Record<Exclude<StopReason, 'end_turn'>, string>> = {
  max_tokens: 'its model may say no more in one turn.',
  max_turn_requests: 'its model may be asked no more in one turn.',
  refusal: 'it refuses to go on.',
  cancelled: 'it stopped by itself.',
};

export function acpEnding(answer: PromptResponse, updates: AcpUpdates, notice: string): AgentEvent {
  const usage = usageOf(answer);
  const told = usage === undefined ? {} : { usage };
  const { stopReason } = answer;
  if (stopReason !== 'end_turn') {
    const reply = [acpFailed(whyStopped[stopReason]), updates.reply].join('\n\n').trim();
    return { type: 'finished', stopReason: 'failed', reply, ...told };
  }
  if (updates.isEmpty && (usage?.outputTokens ?? 0) === 0) {
    return {
      ...failedWith('it ended without a word and without having done anything. Its model may have failed.'),
      ...told,
    };
  }
  return { type: 'finished', stopReason: 'end_turn', reply: `${notice}${updates.reply}`, ...told };
}

export function failedWith(why: string): AgentEvent & { readonly type: 'finished' } {
  return { type: 'finished', stopReason: 'failed', reply: acpFailed(why) };
}

const detailsSchema = z.object({ details: z.string() });

export function reasonOf(error: unknown): string {
  if (!(error instanceof RequestError)) return error instanceof Error ? error.message : String(error);
  if (error.code === AUTH_REQUIRED) return `it has no valid key for its model (${error.message}). ${whereKeysAre}`;
  const details = detailsSchema.safeParse(error.data).data?.details;
  const message = details === undefined ? error.message : `${error.message}: ${details}`;
  return soundsLikeKey.test(message) ? `${message}. ${whereKeysAre}` : message;
}

/** Most agents tell a refused key like any other failure. */
const soundsLikeKey = /\b(401|api[ _-]?key|invalid key|credentials|unauthori[sz]ed|authenticat\w+)\b/i;
const whereKeysAre = 'Whoever runs Runnel sets its key in `ACP_ENVIRONMENT`.';

function acpFailed(why: string): string {
  return `The agent could not finish this: ${why}`;
}

function usageOf(answer: object): Usage | undefined {
  const told = 'usage' in answer ? usageSchema.safeParse(answer.usage).data : undefined;
  if (told === undefined) return undefined;
  const { inputTokens, outputTokens, cachedReadTokens, cachedWriteTokens, thoughtTokens } = told;
  return {
    inputTokens: inputTokens + (cachedReadTokens ?? 0) + (cachedWriteTokens ?? 0),
    outputTokens: outputTokens + (thoughtTokens ?? 0),
  };
}
