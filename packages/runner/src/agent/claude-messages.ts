// What Claude Code says of a turn, in the words of the port. Its API failures are results of the subtype `success`: only `is_error` counts.
import type { SDKMessage, SDKResultMessage } from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';
import type { AgentEvent } from './agent-provider.ts';
import { type ClaudeTotal, totalOf, usageSince } from './claude-usage.ts';
import { toolTitle } from './tool-title.ts';

const STATES = { pending: 'pending', in_progress: 'active', completed: 'done' } as const;

const plan = z.object({
  todos: z.array(z.object({ content: z.string(), status: z.enum(['pending', 'in_progress', 'completed']) })),
});

/** What is worth telling while it works. */
export function tellClaudeMessage(message: SDKMessage): AgentEvent[] {
  if (message.type === 'stream_event') {
    const { event } = message;
    if (event.type !== 'content_block_delta' || event.delta.type !== 'text_delta') return [];
    return [{ type: 'text', text: event.delta.text }];
  }
  if (message.type === 'assistant') {
    return message.message.content.flatMap((block) => (block.type === 'tool_use' ? [toolOf(block)] : []));
  }
  if (message.type === 'user') return endedIn(message.message.content);
  if (message.type === 'system' && message.subtype === 'api_retry') {
    const { attempt, retry_delay_ms: waitMs, error } = message;
    return [{ type: 'retrying', attempt, waitMs, reason: error }];
  }
  return [];
}

type Finished = Extract<AgentEvent, { type: 'finished' }>;

/** `before`: what its conversation took before this turn. */
export function endingOf(result: SDKResultMessage, before: ClaudeTotal): Finished {
  const usage = usageSince(before, totalOf(result.total_cost_usd, result.modelUsage));
  if (result.subtype === 'success' && !result.is_error) {
    return { type: 'finished', stopReason: 'end_turn', reply: result.result, usage };
  }
  const said = result.subtype === 'success' ? result.result : result.errors.join('\n');
  return { type: 'finished', stopReason: 'failed', reply: claudeFailed(said), usage };
}

export function claudeFailed(why: string): string {
  return `Claude Code could not finish this: ${why.trim() === '' ? 'it did not say why.' : why.trim()}`;
}

function toolOf({ id, name, input }: { id: string; name: string; input: unknown }): AgentEvent {
  const planned = name === 'TodoWrite' ? plan.safeParse(input) : undefined;
  if (planned?.success === true) {
    const steps = planned.data.todos.map(({ content, status }) => ({ title: content, state: STATES[status] }));
    return { type: 'plan', steps };
  }
  return { type: 'tool', call: id, title: toolTitle(name, input), does: `${name} ${JSON.stringify(input)}` };
}

type Content = Extract<SDKMessage, { type: 'user' }>['message']['content'];

function endedIn(content: Content): AgentEvent[] {
  if (typeof content === 'string') return [];
  return content.flatMap((block) =>
    block.type === 'tool_result'
      ? [{ type: 'tool_ended', call: block.tool_use_id, isError: block.is_error === true } as const]
      : [],
  );
}
