// An agent of the Agent Client Protocol that plays one part, named by its first argument: what others do once in a while, it does always.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import {
  agent,
  ndJsonStream,
  RequestError,
  type AgentContext,
  type PromptResponse,
  type SessionUpdate,
} from '@agentclientprotocol/sdk';

const [part = ''] = process.argv.slice(2);
const session = 'only-one';

type Play = (say: (update: SessionUpdate) => Promise<void>, client: AgentContext) => Promise<PromptResponse>;

const text = (words: string, messageId?: string): SessionUpdate => ({
  sessionUpdate: 'agent_message_chunk',
  content: { type: 'text', text: words },
  ...(messageId === undefined ? {} : { messageId }),
});

/** Says the words, and ends so. */
const ending =
  (words: string, stopReason: PromptResponse['stopReason']): Play =>
  async (say) => {
    if (words !== '') await say(text(words));
    return { stopReason };
  };

const parts: Readonly<Record<string, Play>> = {
  silent: ending('', 'end_turn'),
  counting: () =>
    Promise.resolve({ stopReason: 'end_turn', usage: { inputTokens: 7, outputTokens: 1, totalTokens: 8 } }),
  cut: ending('As far as', 'max_tokens'),
  tired: ending('', 'max_turn_requests'),
  refusing: ending('', 'refusal'),
  stopping: ending('', 'cancelled'),
  locked: () => Promise.reject(RequestError.authRequired()),
  broken: () => Promise.reject(RequestError.internalError({ details: 'the disk is full' })),
  dying: async (say) => {
    await say(text('begun'));
    process.stderr.write('a line of its log\nit ran out of luck\n');
    return process.exit(3);
  },
  forgetful: ending('Here I am.', 'end_turn'),
  loading: ending('Here I am.', 'end_turn'),
  planning: async (say) => {
    const entry = (content: string, status: 'pending' | 'in_progress' | 'completed') => ({
      content,
      status,
      priority: 'low' as const,
    });
    await say({
      sessionUpdate: 'plan',
      entries: [entry('look', 'completed'), entry('write', 'in_progress'), entry('test', 'pending')],
    });
    await say(text('first', 'one'));
    await say(text(' half', 'two'));
    await say(text(' and half', 'two'));
    return { stopReason: 'end_turn' };
  },
  /** Offers nothing that counts once. */
  insisting: async (say, client) => {
    const { outcome } = await client.request('session/request_permission', {
      sessionId: session,
      toolCall: { toolCallId: 'call', title: 'rm -r', kind: 'execute' },
      options: [
        { optionId: 'for-good', kind: 'allow_always', name: 'For good' },
        { optionId: 'no', kind: 'reject_once', name: 'No' },
      ],
    });
    await say(text(JSON.stringify(outcome)));
    return { stopReason: 'end_turn' };
  },
  /** Would change one file where it was started, and one beside that. */
  editing: async (_, client) => {
    for (const path of [join(process.cwd(), 'new'), join(process.cwd(), '../new')]) {
      const toolCall = { toolCallId: path, title: path, kind: 'edit' as const, locations: [{ path }] };
      const content = [{ type: 'diff' as const, path, oldText: 'old\n', newText: 'new\n' }];
      const options = [{ optionId: 'yes', kind: 'allow_once' as const, name: 'Yes' }];
      await client.request('session/request_permission', {
        sessionId: session,
        toolCall: { ...toolCall, content },
        options,
      });
    }
    return { stopReason: 'end_turn' };
  },
  /** Says no more of what it is about to do than it must. */
  titled: async (_, client) => {
    const options = [{ optionId: 'yes', kind: 'allow_once' as const, name: 'Yes' }];
    const asks = [
      { title: 'echo ok\nrm -r .', kind: 'execute' as const },
      ...['one', 'two', 'two'].map((newText) => ({
        title: 'Writing to x',
        kind: 'edit' as const,
        content: [{ type: 'diff' as const, path: 'x', newText }],
      })),
    ];
    for (const [n, about] of asks.entries()) {
      const toolCall = { toolCallId: `call-${n}`, ...about };
      await client.request('session/request_permission', { sessionId: session, toolCall, options });
    }
    return { stopReason: 'end_turn' };
  },
  /** Does not go when its input ends, which it writes down. */
  lingering: async (say) => {
    process.stdin.on('end', () => writeFileSync(join(process.cwd(), 'input-ended'), ''));
    setInterval(() => undefined, 1_000);
    await say(text('All of it.'));
    return { stopReason: 'end_turn' };
  },
  deaf: async (say) => {
    await say(text('begun'));
    return new Promise(() => undefined);
  },
};

/** What was said before, in its home. */
const file = join(process.env['HOME'] ?? '', 'said');
const saidBefore = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const tell = (client: AgentContext, update: SessionUpdate) =>
  client.notify('session/update', { sessionId: session, update });

agent({ name: 'played' })
  .onRequest('initialize', () => ({
    protocolVersion: part === 'foreign' ? 7 : 1,
    agentCapabilities: part === 'loading' ? { loadSession: true } : {},
  }))
  .onRequest('session/new', () => {
    if (part === 'closed') throw RequestError.authRequired();
    return { sessionId: session };
  })
  .onRequest('session/load', async ({ client }) => {
    if (!saidBefore().includes('hello')) throw RequestError.resourceNotFound();
    await tell(client, text(`You said ${saidBefore()}`));
    return {};
  })
  .onRequest('session/prompt', ({ client, params }) => {
    appendFileSync(file, JSON.stringify(params.prompt));
    return parts[part]?.((update) => tell(client, update), client) ?? Promise.reject(new Error(`no part ${part}`));
  })
  .onNotification('session/cancel', () => undefined)
  .connect(ndJsonStream(Writable.toWeb(process.stdout), Readable.toWeb(process.stdin)));
