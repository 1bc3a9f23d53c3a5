// The provider that is Codex: its own program, spoken to as `codex app-server`. One process a turn, its conversation in the session's state.
import { randomUUID } from 'node:crypto';
import type { SessionKey } from '@runnel/shared';
import type { AgentMemory } from './agent-memory.ts';
import { INTERRUPT_MS, startAgentProcess, type AgentProcess } from './agent-process.ts';
import { notStarted, tooOld, type AgentProgram } from './agent-program.ts';
import type { AgentEvent, AgentProvider, Ask, Decision, TurnRequest } from './agent-provider.ts';
import { answerCodex } from './codex-asks.ts';
import { codexMemory, makeCodexHome } from './codex-home.ts';
import {
  CodexUsage,
  endingOf,
  failed,
  hasNoKey,
  httpStatusOf,
  readCodexMessage,
  refusedKey,
  tellCodexMessage,
  threadSchema,
  turnStartedSchema,
  versionIn,
  type CodexItem,
  type CodexMessage,
} from './codex-messages.ts';
import { codexArguments, codexPolicy, KEY, type CodexModel } from './codex-settings.ts';
import { homeVariables } from './home-variables.ts';
import { jsonLinesRpc, type JsonLinesRpc, type RpcMessage } from './json-lines-rpc.ts';
import { reasonOf } from './reason-of.ts';
import { within } from './within.ts';

export type CodexProviderOptions = {
  /** The program, as a path. */
  readonly program: string;
  /** Where commands are looked for. */
  readonly path: string;
  /** The mark of this pod, which everything that runs in it carries. */
  readonly podUid: string;
  readonly model: CodexModel;
};

const GRACE_MS = 500;

export function codexProvider(options: CodexProviderOptions): AgentProvider {
  const running = new Map<SessionKey, CodexTurn>();
  return {
    name: 'codex',
    takesModel: true,
    async *startTurn(request, signal) {
      if (signal.aborted) {
        yield { type: 'finished', stopReason: 'canceled', reply: '' };
        return;
      }
      if (options.model.key === '') {
        yield hasNoKey;
        return;
      }
      const turn = new CodexTurn(options, request, signal);
      running.set(request.session, turn);
      try {
        yield* turn.run();
      } catch (error) {
        yield failed(reasonOf(error));
      } finally {
        running.delete(request.session);
      }
    },
    steer: async (session, text) => (await running.get(session)?.steer(text)) ?? false,
  };
}

/** What Codex calls a thread is a conversation here. */
type Ids = { readonly threadId: string; readonly turnId: string };

class CodexTurn {
  readonly #options: CodexProviderOptions;
  readonly #request: TurnRequest;
  /** Aborted by whoever cancels the turn, and when a question is taken back. */
  readonly #cancel: AbortSignal;
  readonly #takeBack = new AbortController();
  readonly #usage = new CodexUsage();
  /** What it does, by its id. */
  readonly #items = new Map<string, CodexItem>();
  #process: AgentProcess | undefined;
  #rpc: JsonLinesRpc | undefined;
  #ids: Ids | undefined;
  readonly #begun = Promise.withResolvers<Ids>();
  /** All the text so far: of a turn that is canceled it is what there is. */
  #said = '';
  #lastMessage = '';
  #notice = '';
  #ending: AgentEvent | undefined;

  constructor(options: CodexProviderOptions, request: TurnRequest, signal: AbortSignal) {
    this.#options = options;
    const ask = (about: Ask): Promise<Decision> =>
      request.ask(about).catch((error: unknown) => {
        this.#takeBack.abort();
        throw error;
      });
    this.#request = { ...request, ask };
    this.#cancel = AbortSignal.any([signal, this.#takeBack.signal]);
  }

  async *run(): AsyncGenerator<AgentEvent> {
    const { directory } = this.#request;
    await using home = await makeCodexHome(directory);
    const memory = await codexMemory(directory.state);
    const rpc = this.#start(home.path, await homeVariables(directory));
    const over = Promise.withResolvers<void>();
    let canceledAt: number | undefined;
    const cancel = (): void => {
      canceledAt = performance.now();
      void this.#interrupt(over.promise);
    };
    this.#cancel.addEventListener('abort', cancel);
    if (this.#cancel.aborted) cancel();
    try {
      await this.#begin(rpc, memory);
      yield* this.#tell(rpc, memory);
    } catch (error) {
      this.#ending ??= failed(this.#explain(reasonOf(error)));
    } finally {
      over.resolve();
      this.#cancel.removeEventListener('abort', cancel);
      await this.#leave(canceledAt);
    }
    // Whoever cancels what is over already comes too late.
    if (canceledAt !== undefined) yield { type: 'finished', stopReason: 'canceled', reply: this.#said };
    else yield this.#ending ?? failed(this.#explain('its program ended in the middle.'));
  }

  /** Resolves to whether it was taken. */
  async steer(text: string): Promise<boolean> {
    if (this.#ids === undefined || this.#ending !== undefined || this.#cancel.aborted) return false;
    const { threadId, turnId } = this.#ids;
    const asked = this.#rpc?.request('turn/steer', { threadId, expectedTurnId: turnId, input: inputOf(text) });
    return (
      asked?.then(
        () => true,
        () => false,
      ) ?? false
    );
  }

  #start(home: string, homes: Readonly<Record<string, string>>): JsonLinesRpc {
    const { program, path, podUid, model } = this.#options;
    const { directory, onProcessGroup, model: wanted } = this.#request;
    const env = {
      CODEX_HOME: home,
      ...homes,
      LANG: 'C.UTF-8',
      PATH: path,
      // What it logs would stand before what it complains of.
      RUST_LOG: 'off',
      [KEY]: model.key,
      RUNNEL_POD: podUid,
      RUNNEL_TURN: randomUUID(),
    };
    const args = codexArguments({ ...model, name: wanted ?? model.name }, directory.files);
    this.#process = startAgentProcess({ command: program, args, cwd: directory.files, env, onProcessGroup });
    const { child } = this.#process;
    // A program that is not there ends like any other, without a process.
    child.on('error', () => undefined);
    this.#rpc = jsonLinesRpc(child.stdout, child.stdin);
    return this.#rpc;
  }

  async #begin(rpc: JsonLinesRpc, memory: AgentMemory): Promise<void> {
    const { text, directory, policy } = this.#request;
    const who = await rpc.request('initialize', { clientInfo: { name: 'runnel', version: '1' } });
    const why = tooOld(this.#program, versionIn(who));
    if (why !== undefined) throw new Error(why);
    rpc.notify('initialized');
    const about = { cwd: directory.files, ...codexPolicy(policy) };
    const threadId = (await this.#goOn(rpc, memory, about)) ?? (await startThread(rpc, about));
    await memory.goOnWith(threadId);
    const started = await rpc.request('turn/start', { threadId, input: inputOf(text) });
    this.#ids = { threadId, turnId: turnStartedSchema.parse(started).turn.id };
    this.#begun.resolve(this.#ids);
  }

  /** Undefined where there is nothing to go on with. A conversation that cannot be read must not be the end of its thread. */
  async #goOn(rpc: JsonLinesRpc, memory: AgentMemory, about: object): Promise<string | undefined> {
    const threadId = memory.conversation;
    if (threadId === undefined) return undefined;
    try {
      const resumed = await rpc.request('thread/resume', { threadId, excludeTurns: true, ...about });
      return threadSchema.parse(resumed).thread.id;
    } catch (error) {
      this.#notice = `_What was said here before could not be read (${reasonOf(error)}), so Codex starts afresh._\n\n`;
      return undefined;
    }
  }

  /** Until its end, or until it is clear that none comes. */
  async *#tell(rpc: JsonLinesRpc, memory: AgentMemory): AsyncGenerator<AgentEvent> {
    for await (const message of rpc.messages) {
      if (message.id !== undefined) void this.#answer(rpc, memory, message);
      else if (this.#isOurs(message)) yield* this.#hear(readCodexMessage(message.method, message.params));
      if (this.#ending !== undefined) return;
    }
  }

  /** The agents that it starts itself speak in conversations of their own. */
  #isOurs({ params }: RpcMessage): boolean {
    return (
      typeof params === 'object' && params !== null && 'threadId' in params && params.threadId === this.#ids?.threadId
    );
  }

  *#hear(message: CodexMessage | undefined): Generator<AgentEvent> {
    if (message === undefined) return;
    this.#note(message);
    for (const event of tellCodexMessage(message, this.#request.directory.files)) {
      if (event.type === 'text') this.#said += event.text;
      yield event;
    }
  }

  #note({ method, params }: CodexMessage): void {
    switch (method) {
      case 'item/started':
        this.#items.set(params.item.id, params.item);
        break;
      case 'item/completed':
        if (params.item.type === 'agentMessage') this.#lastMessage = params.item.text ?? '';
        break;
      case 'thread/tokenUsage/updated':
        // A conversation that goes on begins with what its last turn took.
        if (params.turnId === this.#ids?.turnId) this.#usage.add(params.tokenUsage);
        break;
      case 'error':
        // It would ask again and again; nothing comes of that.
        if (httpStatusOf(params.error) === 401) this.#ending = refusedKey;
        break;
      case 'turn/completed':
        this.#ending = endingOf(params.turn, `${this.#notice}${this.#lastMessage}`, this.#usage.turn);
        break;
      default:
    }
  }

  async #answer(rpc: JsonLinesRpc, memory: AgentMemory, message: RpcMessage): Promise<void> {
    const { id = '' } = message;
    try {
      const answer = await answerCodex({ request: this.#request, memory, items: this.#items }, message);
      if (answer === undefined) rpc.refuse(id, 'There is nobody here who could answer this.');
      else rpc.answer(id, answer);
    } catch (error) {
      // Of a question that was taken back the turn ends by itself.
      if (this.#takeBack.signal.aborted) return;
      this.#ending ??= failed(reasonOf(error));
      await this.#process?.end(GRACE_MS);
    }
  }

  /** It answers an interrupt within some 30 ms; whoever does not is ended. Before a turn has begun there is none to interrupt. */
  async #interrupt(over: Promise<void>): Promise<void> {
    const interrupt = async (): Promise<unknown> => this.#rpc?.request('turn/interrupt', await this.#begun.promise);
    interrupt().catch(() => undefined);
    if (await within(INTERRUPT_MS, over)) return;
    await this.#process?.end(GRACE_MS);
  }

  /** By itself, so that the conversation is written to its end; then whatever is left is ended. */
  async #leave(canceledAt: number | undefined): Promise<void> {
    await this.#process?.leave(canceledAt);
    await this.#process?.end(GRACE_MS);
  }

  get #program(): AgentProgram {
    return { program: this.#options.program, setting: 'CODEX_PROGRAM', oldest: '0.169.0' };
  }

  #explain(reason: string): string {
    if (this.#process?.child.pid === undefined) {
      return notStarted(this.#program);
    }
    const complaint = this.#process.complaint();
    return `${reason} ${complaint}`;
  }
}

async function startThread(rpc: JsonLinesRpc, about: object): Promise<string> {
  return threadSchema.parse(await rpc.request('thread/start', about)).thread.id;
}

function inputOf(text: string): object[] {
  return [{ type: 'text', text, text_elements: [] }];
}
