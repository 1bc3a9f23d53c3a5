// The provider that is OpenCode: its own program, spoken to through its SDK. One server a turn, its conversation in the session's state.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Event, OpencodeClient, PermissionRequest, QuestionRequest } from '@opencode-ai/sdk/v2/client';
import type { SessionKey } from '@runnel/shared';
import { INTERRUPT_MS } from './agent-process.ts';
import { notStarted, tooOld, type AgentProgram } from './agent-program.ts';
import type { AgentEvent, AgentProvider, Ask, Decision, TurnRequest } from './agent-provider.ts';
import { openConversation, type Conversation } from './opencode-conversation.ts';
import { OpencodeEvents } from './opencode-events.ts';
import { opencodeFailed, opencodeHasNoKey, opencodeWouldRun, whyOpencodeFailed } from './opencode-failures.ts';
import { allowAlways, permissionAsk, permissionRules } from './opencode-permissions.ts';
import { findOpencodePlugins } from './opencode-plugins.ts';
import { startOpencode, type OpencodeProgram, type OpencodeServer } from './opencode-server.ts';
import { reasonOf } from './reason-of.ts';

export type OpencodeProviderOptions = OpencodeProgram & {
  readonly model: {
    /** As OpenCode names it: `anthropic/claude-sonnet-4-5`. */
    readonly name: string;
    readonly key: string;
    /** With the version of its protocol: `https://api.anthropic.com/v1`. */
    readonly apiUrl: string;
  };
};

const GRACE_MS = 500;

export function opencodeProvider(options: OpencodeProviderOptions): AgentProvider {
  const running = new Map<SessionKey, OpencodeTurn>();
  return {
    name: 'opencode',
    takesModel: true,
    async *startTurn(request, signal) {
      if (signal.aborted) {
        yield { type: 'finished', stopReason: 'canceled', reply: '' };
        return;
      }
      if (options.model.key === '') {
        yield opencodeHasNoKey;
        return;
      }
      const { policy, directory } = request;
      const unasked = policy === 'full' ? undefined : await findOpencodePlugins(directory.files);
      if (unasked !== undefined) {
        yield { type: 'finished', stopReason: 'failed', reply: opencodeWouldRun(unasked) };
        return;
      }
      const turn = new OpencodeTurn(options, request, signal);
      running.set(request.session, turn);
      try {
        yield* turn.run();
      } catch (error) {
        yield { type: 'finished', stopReason: 'failed', reply: opencodeFailed(reasonOf(error)) };
      } finally {
        running.delete(request.session);
      }
    },
    steer: async (session, text) => (await running.get(session)?.steer(text)) ?? false,
  };
}

class OpencodeTurn {
  readonly #options: OpencodeProviderOptions;
  readonly #request: TurnRequest;
  readonly #home: string;
  /** The person's question was taken back: what is waiting for it is over. */
  readonly #takenBack = new AbortController();
  readonly #stop: AbortSignal;
  #server: OpencodeServer | undefined;
  /** While the turn can hear. */
  #conversing: Conversing | undefined;
  #prompts = 0;
  #failure: string | undefined;

  constructor(options: OpencodeProviderOptions, request: TurnRequest, signal: AbortSignal) {
    this.#options = options;
    this.#request = request;
    this.#home = join(request.directory.state, 'opencode');
    this.#stop = AbortSignal.any([signal, this.#takenBack.signal]);
  }

  async *run(): AsyncGenerator<AgentEvent> {
    const { files } = this.#request.directory;
    await mkdir(this.#home, { recursive: true });
    await mkdir(files, { recursive: true });
    const conversation = await openConversation(this.#home);
    let interrupted: Promise<void> | undefined;
    const cancel = (): void => void (interrupted = this.#interrupt());
    this.#stop.addEventListener('abort', cancel);
    let events: OpencodeEvents | undefined;
    try {
      const conversing = await this.#begin(conversation);
      ({ events } = conversing);
      yield* this.#tell(conversing);
    } catch (error) {
      this.#failure ??= opencodeFailed(this.#explain(error));
    } finally {
      this.#conversing = undefined;
      this.#stop.removeEventListener('abort', cancel);
      // The turn is told as over before what was said in it is written down.
      await interrupted;
      await this.#server?.process.end(GRACE_MS);
      await conversation.end();
    }
    yield this.#endingOf(events);
  }

  async steer(text: string): Promise<boolean> {
    const conversing = this.#conversing;
    if (conversing === undefined || this.#stop.aborted) return false;
    try {
      await this.#say(conversing, text);
    } catch {
      return false;
    }
    return this.#conversing !== undefined;
  }

  async #begin(conversation: Conversation): Promise<Conversing> {
    const { directory, onProcessGroup } = this.#request;
    const config = await this.#config();
    this.#server = await startOpencode({ ...this.#options, directory, onProcessGroup, conversation, config });
    if (this.#stop.aborted) await this.#server.process.end(GRACE_MS);
    const client = await this.#server.connect();
    const { data: health } = await client.global.health({ throwOnError: true });
    const why = tooOld(this.#program, health.version);
    if (why !== undefined) {
      // Whatever it complains of besides.
      this.#failure = opencodeFailed(why);
      throw new Error(why);
    }
    const session = await this.#session(client);
    return { client, session, events: new OpencodeEvents(session) };
  }

  /** Until its turn is over, or its process. */
  async *#tell(conversing: Conversing): AsyncGenerator<AgentEvent> {
    const { client, events } = conversing;
    const listening = { signal: this.#server?.ended ?? null, sseMaxRetryAttempts: 1 };
    const { stream } = await client.event.subscribe({}, listening);
    for await (const event of stream) {
      if (event.type === 'server.connected') {
        await this.#say(conversing, this.#request.text);
        this.#conversing = conversing;
      }
      this.#hear(conversing, event);
      yield* events.tell(event);
      if (events.isOver(this.#prompts)) return;
    }
    throw new Error('its program has ended in the middle of it.');
  }

  async #say({ client, session }: Conversing, text: string): Promise<void> {
    // Counted before it is there: nobody may take the turn for over meanwhile.
    this.#prompts += 1;
    try {
      await client.session.promptAsync({ sessionID: session, parts: [{ type: 'text', text }] });
    } catch (error) {
      this.#prompts -= 1;
      throw error;
    }
  }

  /** Whoever is asked takes their time: what else happens is told meanwhile. */
  #hear(conversing: Conversing, event: Event): void {
    const answered = this.#answer(conversing, event);
    answered?.catch(async (error: unknown) => {
      this.#failure ??= opencodeFailed(reasonOf(error));
      await this.#server?.process.end(GRACE_MS);
    });
  }

  #answer(conversing: Conversing, event: Event): Promise<void> | undefined {
    if (event.type === 'permission.asked') return this.#askPermission(conversing, event.properties);
    if (event.type === 'question.asked') return this.#askQuestions(conversing.client, event.properties);
    return undefined;
  }

  async #askPermission({ client, events }: Conversing, asked: PermissionRequest): Promise<void> {
    const requestID = asked.id;
    const input = asked.tool === undefined ? undefined : events.inputOf(asked.tool.callID);
    const decision = await this.#ask(permissionAsk(asked, input));
    if (decision === undefined) return;
    if (decision.kind === 'allow') {
      if (decision.always) await allowAlways(asked, this.#home);
      await client.permission.reply({ requestID, reply: decision.always ? 'always' : 'once' });
      return;
    }
    // Without a message it would end the turn.
    const message = decision.kind === 'answer' ? decision.text : 'The person does not allow this.';
    await client.permission.reply({ requestID, reply: 'reject', message });
  }

  async #askQuestions(client: OpencodeClient, { id: requestID, questions }: QuestionRequest): Promise<void> {
    const answers: string[][] = [];
    for (const { question: text, options } of questions) {
      const decision = await this.#ask({ kind: 'question', text, choices: options.map(({ label }) => label) });
      if (decision === undefined) return;
      if (decision.kind !== 'answer') {
        await client.question.reject({ requestID });
        return;
      }
      answers.push([decision.text]);
    }
    await client.question.reply({ requestID, answers });
  }

  /** Undefined when nothing waits for the answer any more. */
  async #ask(ask: Ask): Promise<Decision | undefined> {
    try {
      return await this.#request.ask(ask);
    } catch {
      this.#takenBack.abort();
      return undefined;
    }
  }

  /** The one conversation of this session; the first turn begins it. */
  async #session(client: OpencodeClient): Promise<string> {
    const file = join(this.#home, 'conversation-id');
    const known = await readFile(file, 'utf8').catch(() => '');
    if (known !== '') {
      const { data } = await client.session.get({ sessionID: known }, { throwOnError: false });
      if (data !== undefined) return known;
    }
    // With a title of ours its model is not asked for one.
    const { data } = await client.session.create({ title: 'Runnel' }, { throwOnError: true });
    await writeFile(file, data.id);
    return data.id;
  }

  async #config(): Promise<Config> {
    const { key, apiUrl } = this.#options.model;
    const wanted = this.#request.model ?? this.#options.model.name;
    const name = wanted.includes('/') ? wanted : `anthropic/${wanted}`;
    const [provider = '', ...rest] = name.split('/');
    if (provider !== 'anthropic') throw new Error(`it has the models of Anthropic alone here, not ${wanted}.`);
    const model = rest.join('/');
    return {
      autoupdate: false,
      share: 'disabled',
      // It would keep every version of the person's files beside them.
      snapshot: false,
      enabled_providers: [provider],
      model: name,
      small_model: name,
      permission: await permissionRules(this.#request, this.#home),
      // Named here it may be one that OpenCode does not know yet.
      provider: { [provider]: { options: { apiKey: key, baseURL: apiUrl }, models: { [model]: {} } } },
    };
  }

  /** It answers an abort within some 75 ms; whoever does not is ended. */
  async #interrupt(): Promise<void> {
    if (this.#conversing !== undefined) {
      const { client, session } = this.#conversing;
      const asked = client.session.abort({ sessionID: session }).catch(() => undefined);
      await Promise.race([asked, sleep(INTERRUPT_MS)]);
    }
    await this.#server?.process.end(GRACE_MS);
  }

  #endingOf(events: OpencodeEvents | undefined): AgentEvent {
    const usage = events?.usage === undefined ? {} : { usage: events.usage };
    const finished = { type: 'finished' as const, ...usage };
    if (this.#stop.aborted) return { ...finished, stopReason: 'canceled', reply: events?.said ?? '' };
    if (this.#failure !== undefined) return { ...finished, stopReason: 'failed', reply: this.#failure };
    const why = events === undefined ? undefined : whyOpencodeFailed(events);
    if (why !== undefined) return { ...finished, ...why, stopReason: 'failed' };
    return { ...finished, stopReason: 'end_turn', reply: events?.reply ?? '' };
  }

  get #program(): AgentProgram {
    return { program: this.#options.program, setting: 'OPENCODE_PROGRAM', oldest: '1.18.33' };
  }

  #explain(error: unknown): string {
    if (this.#server !== undefined && this.#server.process.child.pid === undefined) {
      return notStarted(this.#program);
    }
    const complaint = this.#server?.process.complaint() ?? '';
    return complaint === '' ? reasonOf(error) : complaint;
  }
}

type Conversing = { readonly client: OpencodeClient; readonly session: string; readonly events: OpencodeEvents };
