// What an agent says in the Agent Client Protocol, in the words of the port.
import type { ContentChunk, Plan, SessionUpdate, ToolCallUpdate } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import type { AgentEvent } from './agent-provider.ts';
import { toolTitle } from './tool-title.ts';

/** The input of a call may come in parts, and not every agent says when it begins: it counts as whole when it has not changed for so long. */
const QUIET_MS = 5_000;

type Call = {
  /** All that is known of it. */
  known: ToolCallUpdate;
  state: 'announced' | 'told' | 'ended';
  quiet?: NodeJS.Timeout;
};

export class AcpUpdates {
  readonly #tell: (event: AgentEvent) => void;
  readonly #calls = new Map<string, Call>();
  /** What it said, apart where a message or a tool lies between. */
  readonly #texts: string[] = [];
  #message: string | undefined;

  constructor(tell: (event: AgentEvent) => void) {
    this.#tell = tell;
  }

  hear(update: SessionUpdate): void {
    switch (update.sessionUpdate) {
      case 'agent_message_chunk':
        this.#hearText(update);
        break;
      case 'tool_call':
      case 'tool_call_update':
        this.#hearCall(update);
        break;
      case 'plan':
        this.#tell({ type: 'plan', steps: update.entries.map(stepOf) });
        break;
      default:
    }
  }

  /** Its permission is asked, so its input is whole. Returns all that is known of it. */
  hearAsked(asked: ToolCallUpdate): ToolCallUpdate {
    const call = this.#note(asked);
    this.#begin(call);
    return call.known;
  }

  /** All the text so far. */
  get said(): string {
    return this.#texts.join('');
  }

  /** What it said last. */
  get reply(): string {
    return this.#texts.findLast((text) => text.trim() !== '') ?? '';
  }

  get isEmpty(): boolean {
    return this.reply === '' && this.#calls.size === 0;
  }

  /** Nothing is told any more. */
  end(): void {
    for (const { quiet } of this.#calls.values()) clearTimeout(quiet);
  }

  #hearText({ content, messageId }: ContentChunk): void {
    if (content.type !== 'text') return;
    const isNext = this.#texts.length === 0 || (messageId ?? undefined) !== this.#message;
    if (isNext) this.#texts.push('');
    this.#message = messageId ?? undefined;
    this.#texts.push(`${this.#texts.pop() ?? ''}${content.text}`);
    this.#tell({ type: 'text', text: content.text });
  }

  #hearCall(update: ToolCallUpdate): void {
    const call = this.#note(update);
    const { status } = call.known;
    if (call.state === 'ended') return;
    if (status === 'pending') this.#awaitQuiet(call);
    else this.#begin(call);
    if (status !== 'completed' && status !== 'failed') return;
    call.state = 'ended';
    this.#tell({ type: 'tool_ended', call: call.known.toolCallId, isError: hasFailed(call.known) });
  }

  #note(update: ToolCallUpdate): Call {
    const { toolCallId } = update;
    const call = this.#calls.get(toolCallId) ?? { known: { toolCallId, status: 'pending' }, state: 'announced' };
    const given = Object.entries(update).filter(([, value]) => value !== undefined && value !== null);
    call.known = { ...call.known, ...Object.fromEntries(given) };
    if (!this.#calls.has(toolCallId)) this.#texts.push('');
    this.#calls.set(toolCallId, call);
    return call;
  }

  #awaitQuiet(call: Call): void {
    clearTimeout(call.quiet);
    // Whether two calls whose input may be cut are the same nobody knows.
    const wait = setTimeout(() => this.#begin(call, call.known.toolCallId), QUIET_MS);
    call.quiet = wait.unref();
  }

  #begin(call: Call, ...apart: readonly string[]): void {
    clearTimeout(call.quiet);
    if (call.state !== 'announced') return;
    call.state = 'told';
    const { toolCallId, kind, title, rawInput } = call.known;
    const does = JSON.stringify([kind, title, rawInput, ...apart]);
    this.#tell({ type: 'tool', call: toolCallId, title: acpTitle(call.known), does });
  }
}

/** Its title alone is often no more than a path, or a command. */
export function acpTitle({ kind, title }: ToolCallUpdate): string {
  return toolTitle(kind ?? 'tool', [title ?? '']);
}

const endedCommandSchema = z.object({ metadata: z.object({ exit: z.number() }) });

/** A command that fails has completed for OpenCode. */
function hasFailed({ status, rawOutput }: ToolCallUpdate): boolean {
  const exit = endedCommandSchema.safeParse(rawOutput).data?.metadata.exit ?? 0;
  return status === 'failed' || exit !== 0;
}

const states = { pending: 'pending', in_progress: 'active', completed: 'done' } as const;

function stepOf({ content: title, status }: Plan['entries'][number]) {
  return { title, state: states[status] };
}
