// The provider that is any agent of the Agent Client Protocol: a program, spoken to over its standard streams. One process a turn.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import {
  client,
  ndJsonStream,
  PROTOCOL_VERSION,
  type AgentCapabilities,
  type ClientCapabilities,
  type ClientConnection,
  type ClientContext,
  type ContentBlock,
  type NewSessionRequest,
  type RequestPermissionRequest,
  type RequestPermissionResponse,
  type SessionNotification,
} from '@agentclientprotocol/sdk';
import { acpEnding, failedWith, reasonOf } from './acp-endings.ts';
import { answerAcp, canceled } from './acp-permissions.ts';
import { AcpUpdates } from './acp-updates.ts';
import { AgentMemory } from './agent-memory.ts';
import { INTERRUPT_MS, startAgentProcess, type AgentProcess } from './agent-process.ts';
import { notStarted } from './agent-program.ts';
import type { AgentEvent, AgentProvider, Ask, Decision, TurnRequest } from './agent-provider.ts';
import { homeVariables } from './home-variables.ts';
import { Incoming } from './incoming.ts';
import { within } from './within.ts';

export type AcpProviderOptions = {
  /** The program, a path or a name that is found on `path`, and its arguments. */
  readonly command: readonly string[];
  /** For its environment, beside what every program gets: the key of its model, say. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where commands are looked for. */
  readonly path: string;
  /** The mark of this pod, which everything that runs in it carries. */
  readonly podUid: string;
};

const GRACE_MS = 500;

/** It has files and commands of its own, where it runs. */
const nothingOfOurs: ClientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };

export function acpProvider(options: AcpProviderOptions): AgentProvider {
  return {
    name: 'acp',
    async *startTurn(request, signal) {
      if (signal.aborted) {
        yield { type: 'finished', stopReason: 'canceled', reply: '' };
        return;
      }
      try {
        yield* new AcpTurn(options, request, signal).run();
      } catch (error) {
        yield failedWith(reasonOf(error));
      }
    },
  };
}

class AcpTurn {
  readonly #options: AcpProviderOptions;
  readonly #request: TurnRequest;
  /** Aborted by whoever cancels the turn, and when a question is taken back. */
  readonly #cancel: AbortSignal;
  readonly #takeBack = new AbortController();
  readonly #events = new Incoming<AgentEvent>();
  readonly #updates = new AcpUpdates((event) => this.#events.push(event));
  #process: AgentProcess | undefined;
  #connection: ClientConnection | undefined;
  /** From when its message is sent: what it tells before is of earlier turns. */
  #session: string | undefined;
  #remembered: Promise<void> | undefined;
  #notice = '';

  constructor(options: AcpProviderOptions, request: TurnRequest, signal: AbortSignal) {
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
    const { files, state, home = join(state, 'home') } = this.#request.directory;
    await mkdir(files, { recursive: true });
    const memory = await AgentMemory.read(join(state, 'acp'), () => Promise.resolve(true));
    this.#start(await homeVariables({ files, state, home }));
    const over = Promise.withResolvers<void>();
    let canceledAt: number | undefined;
    const cancel = (): void => {
      canceledAt = performance.now();
      void this.#interrupt(over.promise);
    };
    this.#cancel.addEventListener('abort', cancel);
    if (this.#cancel.aborted) cancel();
    const ending = this.#converse(memory)
      .catch(async (error: unknown) => {
        await this.#lastWords();
        return failedWith(this.#explain(error));
      })
      .finally(() => this.#events.end());
    try {
      yield* this.#events;
    } finally {
      over.resolve();
      this.#updates.end();
      this.#cancel.removeEventListener('abort', cancel);
      await this.#process?.leave(canceledAt);
      await this.#process?.end(GRACE_MS);
      await this.#remembered;
    }
    // Whoever cancels what is over already comes too late.
    if (canceledAt !== undefined) yield { type: 'finished', stopReason: 'canceled', reply: this.#updates.said };
    else yield await ending;
  }

  #start(homes: Readonly<Record<string, string>>): void {
    const { command, environment, path, podUid } = this.#options;
    const { directory, onProcessGroup } = this.#request;
    const [program = '', ...args] = command;
    const env = {
      ...homes,
      LANG: 'C.UTF-8',
      ...environment,
      PATH: path,
      RUNNEL_POD: podUid,
      RUNNEL_TURN: randomUUID(),
    };
    this.#process = startAgentProcess({ command: program, args, cwd: directory.files, env, onProcessGroup });
    // A program that is not there ends like any other, without a process.
    this.#process.child.on('error', () => undefined);
  }

  async #converse(memory: AgentMemory): Promise<AgentEvent> {
    const agent = this.#connect(memory);
    const { agentCapabilities = {}, protocolVersion } = await agent.request('initialize', {
      protocolVersion: PROTOCOL_VERSION,
      clientInfo: { name: 'runnel', version: '1' },
      clientCapabilities: nothingOfOurs,
    });
    if (protocolVersion !== PROTOCOL_VERSION) {
      return failedWith(`it speaks version ${protocolVersion} of its protocol; ${PROTOCOL_VERSION} is needed.`);
    }
    const session = (await this.#goOn(agent, agentCapabilities, memory)) ?? (await this.#begin(agent));
    // What it told of earlier turns just before its answer is handed on just behind it.
    await setImmediate();
    this.#session = session;
    const prompt: ContentBlock[] = [{ type: 'text', text: this.#request.text }];
    const answer = await agent.request('session/prompt', { sessionId: session, prompt });
    // What came just before its answer is handed on just behind it.
    await setImmediate();
    return acpEnding(answer, this.#updates, this.#notice);
  }

  #connect(memory: AgentMemory): ClientContext {
    const child = this.#process?.child;
    if (child?.pid === undefined) throw new Error('it has no process');
    const output = Writable.toWeb(child.stdin);
    this.#connection = client({ name: 'runnel' })
      .onNotification('session/update', ({ params }) => this.#hear(params, memory))
      .onRequest('session/request_permission', ({ params }) => this.#answer(params, memory))
      // Extensions of its own.
      .onNotification('*', () => undefined)
      .connect(ndJsonStream(output, Readable.toWeb(child.stdout)));
    return this.#connection.agent;
  }

  async #begin(agent: ClientContext): Promise<string> {
    const { sessionId } = await agent.request('session/new', this.#place());
    return sessionId;
  }

  /** Undefined where there is nothing to go on with. A conversation that cannot be read must not be the end of its thread. */
  async #goOn(
    agent: ClientContext,
    { sessionCapabilities, loadSession }: AgentCapabilities,
    { conversation: sessionId }: AgentMemory,
  ): Promise<string | undefined> {
    if (sessionId === undefined) return undefined;

    const canResume = (sessionCapabilities?.resume ?? undefined) !== undefined;
    if (!canResume && loadSession !== true) {
      this.#notice = '_The agent cannot go on with what was said here before, so it starts afresh._\n\n';
      return undefined;
    }
    try {
      // The other one tells all of it again.
      await agent.request(canResume ? 'session/resume' : 'session/load', { sessionId, ...this.#place() });
      return sessionId;
    } catch (error) {
      this.#notice = `_What was said here before could not be read (${reasonOf(error)}), so the agent starts afresh._\n\n`;
      return undefined;
    }
  }

  #place(): NewSessionRequest {
    return { cwd: this.#request.directory.files, mcpServers: [] };
  }

  #hear({ sessionId, update }: SessionNotification, memory: AgentMemory): void {
    if (sessionId !== this.#session) return;
    // Of a turn that ended before it began there may be nothing to go on with.
    if (this.#remembered === undefined) {
      this.#remembered = memory.goOnWith(sessionId);
      // The turn ends with it: nobody looks before.
      this.#remembered.catch(() => undefined);
    }
    this.#updates.hear(update);
  }

  async #answer(asked: RequestPermissionRequest, memory: AgentMemory): Promise<RequestPermissionResponse> {
    const call = this.#updates.hearAsked(asked.toolCall);
    if (this.#cancel.aborted) return canceled;
    const gone = Promise.withResolvers<RequestPermissionResponse>();
    const leave = (): void => gone.resolve(canceled);
    this.#cancel.addEventListener('abort', leave);
    try {
      return await Promise.race([answerAcp({ request: this.#request, memory, call }, asked.options), gone.promise]);
    } catch {
      return canceled;
    } finally {
      this.#cancel.removeEventListener('abort', leave);
    }
  }

  /** Whoever does not answer it is ended. Before its message is sent there is nothing to interrupt. */
  async #interrupt(over: Promise<void>): Promise<void> {
    if (this.#session !== undefined) {
      const about = { sessionId: this.#session };
      this.#connection?.agent.notify('session/cancel', about).catch(() => undefined);
      if (await within(INTERRUPT_MS, over)) return;
    }
    await this.#process?.end(GRACE_MS);
  }

  /** What it complained of comes another way than its end. */
  async #lastWords(): Promise<void> {
    const child = this.#process?.child;
    if (child?.pid === undefined || this.#connection?.signal.aborted !== true || child.stderr.readableEnded) return;
    const ended = Promise.withResolvers<void>();
    child.stderr.once('end', () => ended.resolve());
    await within(GRACE_MS, ended.promise);
  }

  #explain(error: unknown): string {
    if (this.#process?.child.pid === undefined) {
      return notStarted({ program: this.#options.command[0] ?? '', setting: 'ACP_COMMAND' });
    }
    if (this.#connection?.signal.aborted !== true) return reasonOf(error);
    // Agents write their log there: its last line may say why.
    const complaint = this.#process.complaint().split('\n').at(-1) ?? '';
    return `its program ended in the middle of it. ${complaint}`.trim();
  }
}
