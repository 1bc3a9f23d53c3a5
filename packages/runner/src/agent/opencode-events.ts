// What OpenCode says of a turn, in the words of the port, and how the turn stands. An abort and a failure are each told as two ends:
// whoever listens stops at the first one, which comes behind the failure.
import type { Event, Part, StepFinishPart, ToolPart } from '@opencode-ai/sdk/v2/client';
import type { AgentEvent, PlanStep, Usage } from './agent-provider.ts';
import { toolTitle } from './tool-title.ts';

/** It asks a model that answers with nothing, or breaks off, again at once and for ever: this often in a row is enough. */
const MOST_UNFINISHED = 3;

type Failure = Extract<Event, { type: 'session.error' }>['properties']['error'];

export class OpencodeEvents {
  readonly #session: string;
  /** The last of each: of the person, and whom of them the last answer is for. */
  #prompt: string | undefined;
  #answered: string | undefined;
  readonly #prompts = new Set<string>();
  /** Of our session, and no summary of it. */
  readonly #answers = new Set<string>();
  readonly #texts = new Map<string, { readonly message: string; text: string }>();
  readonly #tools = new Map<string, 'runs' | 'ended'>();
  readonly #inputs = new Map<string, unknown>();
  readonly #steps = new Map<string, StepFinishPart>();
  #unfinished = 0;
  #failure: Failure;
  /** All the text so far, in the order in which it came. */
  said = '';
  isIdle = false;

  constructor(session: string) {
    this.#session = session;
  }

  /** What is worth telling. Of the sessions of its helpers that is what they do, and what it costs. */
  tell(event: Event): AgentEvent[] {
    if (event.type === 'message.part.updated') return this.#tellPart(event.properties.part);
    if (!('sessionID' in event.properties) || event.properties.sessionID !== this.#session) return [];
    switch (event.type) {
      case 'message.updated':
        this.#note(event.properties.info);
        return [];
      case 'message.part.delta':
        return this.#tellDelta(event.properties);
      case 'message.part.removed':
        this.#texts.delete(event.properties.partID);
        return [];
      case 'todo.updated':
        return [{ type: 'plan', steps: event.properties.todos.flatMap(stepOf) }];
      case 'session.status':
        return this.#tellStatus(event.properties.status);
      case 'session.error':
        this.#failure ??= event.properties.error;
        return [];
      case 'session.idle':
        this.isIdle = true;
        return [];
      default:
        return [];
    }
  }

  /** Whether this many prompts have their answer, and nothing comes any more. */
  isOver(prompts: number): boolean {
    if (this.isStuck) return true;
    if (!this.isIdle) return false;
    return this.#failure !== undefined || (this.#prompts.size >= prompts && this.#prompt === this.#answered);
  }

  get isStuck(): boolean {
    return this.#unfinished >= MOST_UNFINISHED;
  }

  get failure(): Failure {
    return this.#failure;
  }

  /** The words of its last answer that has any. */
  get reply(): string {
    const texts = [...this.#texts.values()].filter(({ text }) => text.trim() !== '');
    const last = texts.at(-1)?.message;
    return texts.flatMap(({ message, text }) => (message === last ? [text] : [])).join('\n\n');
  }

  get usage(): Usage | undefined {
    const steps = [...this.#steps.values()];
    if (steps.length === 0) return undefined;
    const sum = (count: (step: StepFinishPart) => number): number =>
      steps.reduce((total, step) => total + count(step), 0);
    const costUsd = sum(({ cost }) => cost);
    return {
      inputTokens: sum(({ tokens: { input, cache } }) => input + cache.read + cache.write),
      outputTokens: sum(({ tokens: { output, reasoning } }) => output + reasoning),
      // It knows no prices of some models, and says that they cost nothing.
      ...(costUsd > 0 ? { costUsd } : {}),
    };
  }

  #note(info: Extract<Event, { type: 'message.updated' }>['properties']['info']): void {
    if (info.role === 'user') {
      this.#prompts.add(info.id);
      this.#prompt = info.id;
    } else {
      this.#answered = info.parentID;
      if (info.summary !== true) this.#answers.add(info.id);
    }
  }

  #tellDelta({ messageID, partID, field, delta }: { messageID: string; partID: string; field: string; delta: string }) {
    // What it thinks comes as text of parts of another kind.
    if (field !== 'text' || !this.#answers.has(messageID) || !this.#texts.has(partID)) return [];
    this.said += delta;
    return [{ type: 'text' as const, text: delta }];
  }

  #tellPart(part: Part): AgentEvent[] {
    switch (part.type) {
      case 'text':
        if (this.#answers.has(part.messageID)) {
          this.#texts.set(part.id, { message: part.messageID, text: part.text });
        }
        return [];
      case 'tool':
        this.#unfinished = 0;
        return this.#tellTool(part);
      case 'step-finish':
        this.#unfinished = part.reason === 'unknown' ? this.#unfinished + 1 : 0;
        this.#steps.set(part.id, part);
        return [];
      default:
        return [];
    }
  }

  /** Of a tool that runs, by its call. */
  inputOf(call: string): unknown {
    return this.#inputs.get(call);
  }

  #tellTool({ callID: call, tool, state }: ToolPart): AgentEvent[] {
    const known = this.#tools.get(call);
    // Before it runs not all of its input is there.
    if (state.status === 'pending' || known === 'ended') return [];
    const events: AgentEvent[] = [];
    if (known === undefined) {
      const { input } = state;
      this.#inputs.set(call, input);
      events.push({ type: 'tool', call, title: toolTitle(tool, input), does: `${tool} ${JSON.stringify(input)}` });
    }
    const hasEnded = state.status !== 'running';
    if (hasEnded) events.push({ type: 'tool_ended', call, isError: hasFailed(state) });
    this.#tools.set(call, hasEnded ? 'ended' : 'runs');
    return events;
  }

  #tellStatus(status: Extract<Event, { type: 'session.status' }>['properties']['status']): AgentEvent[] {
    this.isIdle = false;
    if (status.type !== 'retry') return [];
    const { attempt, message: reason, next } = status;
    return [{ type: 'retrying', attempt, waitMs: Math.max(0, next - Date.now()), reason }];
  }
}

/** A command that fails has completed for OpenCode. */
function hasFailed(state: Extract<ToolPart['state'], { status: 'completed' | 'error' }>): boolean {
  const exit = state.metadata?.['exit'];
  return state.status === 'error' || (typeof exit === 'number' && exit !== 0);
}

function stepOf({ content: title, status }: { content: string; status: string }): PlanStep[] {
  switch (status) {
    case 'completed':
      return [{ title, state: 'done' }];
    case 'in_progress':
      return [{ title, state: 'active' }];
    case 'cancelled':
      return [];
    default:
      return [{ title, state: 'pending' }];
  }
}
