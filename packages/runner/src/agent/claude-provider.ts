// The provider that is Claude Code: its own program, spoken to through its SDK. One process a turn, its conversation in the session's state.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  query,
  type Options,
  type Query,
  type SDKMessage,
  type SDKResultMessage,
} from '@anthropic-ai/claude-agent-sdk';
import type { SessionKey } from '@runnel/shared';
import { INTERRUPT_MS, startAgentProcess, type AgentProcess } from './agent-process.ts';
import { isTooOld, notStarted, tooOld, type AgentProgram } from './agent-program.ts';
import type { AgentEvent, AgentProvider, TurnRequest } from './agent-provider.ts';
import { ClaudeInput } from './claude-input.ts';
import { claudeFailed, endingOf, tellClaudeMessage } from './claude-messages.ts';
import { startOfClaude, type ClaudeProviderOptions, type ClaudeStart } from './claude-options.ts';
import { claudePermissions } from './claude-permissions.ts';
import type { ClaudeTotal } from './claude-usage.ts';
import { keyFailures } from './key-failures.ts';
import { reasonOf } from './reason-of.ts';

const GRACE_MS = 500;

export function claudeProvider(options: ClaudeProviderOptions): AgentProvider {
  const running = new Map<SessionKey, ClaudeTurn>();
  return {
    name: 'claude',
    takesModel: true,
    async *startTurn(request, signal) {
      if (signal.aborted) {
        yield { type: 'finished', stopReason: 'canceled', reply: '' };
        return;
      }
      if ((options.model['ANTHROPIC_API_KEY'] ?? '') === '') {
        yield NO_KEY;
        return;
      }
      const turn = new ClaudeTurn(options, request, signal);
      running.set(request.session, turn);
      try {
        yield* turn.run();
      } catch (error) {
        yield { type: 'finished', stopReason: 'failed', reply: claudeFailed(reasonOf(error)) };
      } finally {
        running.delete(request.session);
      }
    },
    steer: (session, text) => Promise.resolve(running.get(session)?.hear(text) ?? false),
  };
}

type Finished = Extract<AgentEvent, { type: 'finished' }>;

class ClaudeTurn {
  readonly #options: ClaudeProviderOptions;
  readonly #request: TurnRequest;
  readonly #signal: AbortSignal;
  readonly #input = new ClaudeInput();
  /** Calls that were told and have not ended. */
  readonly #calls = new Set<string>();
  #query: Query | undefined;
  #process: AgentProcess | undefined;
  #isCanceled = false;
  /** All the text so far: of a turn that is canceled it is what there is. */
  #said = '';
  #ending: Finished | undefined;

  constructor(options: ClaudeProviderOptions, request: TurnRequest, signal: AbortSignal) {
    this.#options = options;
    this.#request = request;
    this.#signal = signal;
    this.#input.say(request.text);
  }

  hear(text: string): boolean {
    return !this.#isCanceled && this.#input.say(text);
  }

  async *run(): AsyncGenerator<AgentEvent> {
    const start = await startOfClaude(this.#options, this.#request);
    this.#query = query({ prompt: this.#input, options: this.#sdkOptions(start) });
    const cancel = (): void => this.#cancel();
    this.#signal.addEventListener('abort', cancel);
    if (this.#signal.aborted) cancel();
    try {
      yield* this.#tell(this.#query, start);
    } catch (error) {
      // It throws once more what the result has said.
      this.#ending ??= failed(this.#explain(error));
    } finally {
      this.#signal.removeEventListener('abort', cancel);
      this.#input.close();
      await this.#process?.end(GRACE_MS);
    }
    const ending = this.#ending ?? failed(this.#explain(''));
    yield this.#isCanceled ? { ...ending, stopReason: 'canceled', reply: this.#said } : ending;
  }

  /** Until its result, or until it is clear that none comes. */
  async *#tell(turn: Query, { conversation }: ClaudeStart): AsyncGenerator<AgentEvent> {
    for await (const message of turn) {
      for (const event of tellClaudeMessage(message)) if (this.#isNews(event)) yield event;
      const hopeless = this.#hopeless(message);
      if (hopeless !== undefined) this.#ending = hopeless;
      if (hopeless !== undefined || (message.type === 'result' && this.#isOver(message, conversation.total))) return;
    }
  }

  /** A plan is no call to whoever listens, so its end is none either. */
  #isNews(event: AgentEvent): boolean {
    if (event.type === 'text') this.#said += event.text;
    if (event.type === 'tool') this.#calls.add(event.call);
    return event.type === 'tool_ended' ? this.#calls.delete(event.call) : true;
  }

  /** Why it makes no sense to go on. */
  #hopeless(message: SDKMessage): Finished | undefined {
    if (message.type !== 'system') return undefined;
    const why = message.subtype === 'init' ? tooOld(this.#program, message.claude_code_version) : undefined;
    if (why !== undefined) return failed(claudeFailed(why));
    // It repeats a refused key for minutes; nothing comes of that.
    const isRefused = message.subtype === 'api_retry' && message.error === 'authentication_failed';
    return isRefused ? REFUSED_KEY : undefined;
  }

  #isOver(result: SDKResultMessage, before: ClaudeTotal): boolean {
    const { reply, ...ending } = endingOf(result, before);
    const replies = this.#ending === undefined ? [reply] : [this.#ending.reply, reply];
    this.#ending = { ...ending, reply: replies.join('\n\n') };
    return this.#input.isAnswered(result.user_message_uuids);
  }

  #sdkOptions({ options, env }: ClaudeStart): Options {
    const { files } = this.#request.directory;
    return {
      ...options,
      canUseTool: claudePermissions(this.#request, () => this.#cancel()),
      spawnClaudeCodeProcess: ({ command, args, cwd = files, env: given }) => {
        const { onProcessGroup } = this.#request;
        const start = { command, args, cwd, env: { ...onlyText(given), ...env }, onProcessGroup };
        this.#process = startAgentProcess(start);
        return this.#process.child;
      },
    };
  }

  /** It answers an interrupt within some 40 ms; whoever does not is ended. */
  #cancel(): void {
    if (this.#isCanceled) return;
    this.#isCanceled = true;
    const interrupted = this.#query?.interrupt().catch(() => undefined);
    void Promise.race([interrupted, sleep(INTERRUPT_MS)]).then(() => this.#process?.end(GRACE_MS));
  }

  #explain(error: unknown): string {
    if (this.#process?.child.pid === undefined) return claudeFailed(notStarted(this.#program));
    const complaint = this.#process.complaint();
    if (complaint.includes('unknown option')) return claudeFailed(isTooOld(this.#program, 'is older'));
    return claudeFailed(complaint === '' ? reasonOf(error) : complaint);
  }

  get #program(): AgentProgram {
    return { program: this.#options.program, setting: 'CLAUDE_PROGRAM', oldest: '2.1.330' };
  }
}

const [NO_KEY, REFUSED_KEY] = keyFailures('Claude Code', 'ANTHROPIC_API_KEY');

function failed(reply: string): Finished {
  return { type: 'finished', stopReason: 'failed', reply };
}

function onlyText(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
