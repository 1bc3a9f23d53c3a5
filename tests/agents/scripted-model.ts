// A model on loopback that follows a script: which one, the prompt says. Real agents ask it as they ask their own.
import { LLMock, type ChatCompletionRequest, type FixtureResponse } from '@copilotkit/aimock';
import { afterAll } from 'vitest';

export type ModelRequest = {
  /** The last message of the person. */
  readonly prompt: string;
  /** What the tools answered since then, in order. */
  readonly results: readonly string[];
  /** Everything that is said to the model, for what must not be in it. */
  readonly whole: string;
};

/** `asked`: how often the model was asked by now, this time included. */
export type ModelScript = (request: ModelRequest, asked: number) => FixtureResponse;

export type ScriptedModel = { readonly url: string; readonly requests: ModelRequest[] };

/** A script that never ends would be asked for ever. */
const MOST_REQUESTS = 200;
/** Claude Code may have its model name the session, in the middle of whatever: no part of a turn. */
const NAMING = 'You are naming a coding session';
/** To a prompt with this word it speaks for long, a few letters at a time. */
const SLOWLY = 'slowly';
const PAUSE_MS = 250;
/** Its first answer to a prompt with these words does. */
const BROKEN = 'breaks off';

export async function startScriptedModel(script: ModelScript): Promise<ScriptedModel> {
  const requests: ModelRequest[] = [];
  const mock = new LLMock({ port: 0, host: '127.0.0.1' });
  const answer = (request: ChatCompletionRequest): FixtureResponse => {
    const read = readRequest(request);
    if (read.whole.includes(NAMING)) return { content: 'A session' };
    requests.push(read);
    if (requests.length > MOST_REQUESTS) return { error: { message: 'asked too often' }, status: 400 };
    return script(read, requests.length);
  };
  mock.on({ predicate: (request) => readRequest(request).prompt.includes(SLOWLY) }, answer, { latency: PAUSE_MS });
  const isBroken = (request: ChatCompletionRequest): boolean =>
    requests.length === 0 && readRequest(request).prompt.includes(BROKEN);
  mock.on({ predicate: isBroken }, answer, { truncateAfterChunks: 4, chunkSize: 10 });
  mock.on({ predicate: () => true }, answer);
  await mock.start();
  afterAll(() => mock.stop());
  return { url: mock.url, requests };
}

function readRequest({ messages, model }: ChatCompletionRequest): ModelRequest {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  return {
    prompt: textOf(messages[last]?.content),
    results: messages.slice(last + 1).flatMap(({ role, content }) => (role === 'tool' ? [textOf(content)] : [])),
    whole: JSON.stringify({ model, messages }),
  };
}

function textOf(content: ChatCompletionRequest['messages'][number]['content'] | undefined): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}

/** One call of the agent's shell. */
export function runCommand(command: string, content = '', tool = 'Bash'): FixtureResponse {
  return callTool(tool, { command, description: 'as asked' }, content);
}

export function callTool(name: string, input: unknown, content = ''): FixtureResponse {
  return { content, toolCalls: [{ name, arguments: JSON.stringify(input) }] };
}
