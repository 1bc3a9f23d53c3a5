// What Codex says of a turn, in the words of the port. Only what is read is described: its own types are nearly a thousand files.
import { isAbsolute, relative } from 'node:path';
import { z } from 'zod';
import type { AgentEvent, PlanStep, Usage } from './agent-provider.ts';
import { keyFailures } from './key-failures.ts';

const TITLE_LENGTH = 120;

/** One step of a turn; which members there are depends on `type`. */
const itemSchema = z.object({
  type: z.string(),
  id: z.string(),
  status: z.string().optional(),
  text: z.string().optional(),
  command: z.string().optional(),
  cwd: z.string().optional(),
  changes: z
    .array(
      z.object({
        path: z.string(),
        diff: z.string(),
        kind: z.object({ type: z.string(), move_path: z.string().nullish() }),
      }),
    )
    .optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
  arguments: z.unknown().optional(),
  prompt: z.string().nullish(),
  query: z.string().optional(),
});
export type CodexItem = z.infer<typeof itemSchema>;

const tokensSchema = z.object({ inputTokens: z.number(), outputTokens: z.number() });
const usageSchema = z.object({
  turnId: z.string(),
  tokenUsage: z.object({ total: tokensSchema, last: tokensSchema }),
});

const errorSchema = z.object({
  message: z.string(),
  additionalDetails: z.string().nullish(),
  codexErrorInfo: z.union([z.string(), z.record(z.string(), z.unknown())]).nullish(),
});
type CodexError = z.infer<typeof errorSchema>;

const planSchema = z.array(z.object({ step: z.string(), status: z.enum(['pending', 'inProgress', 'completed']) }));

const turnSchema = z.object({ status: z.string(), error: errorSchema.nullish() });

/** The rest of what it says is of no concern. */
const messageSchema = z.discriminatedUnion('method', [
  z.object({ method: z.literal('item/started'), params: z.object({ item: itemSchema }) }),
  z.object({ method: z.literal('item/completed'), params: z.object({ item: itemSchema }) }),
  z.object({ method: z.literal('item/agentMessage/delta'), params: z.object({ delta: z.string() }) }),
  z.object({ method: z.literal('turn/plan/updated'), params: z.object({ plan: planSchema }) }),
  z.object({ method: z.literal('turn/completed'), params: z.object({ turn: turnSchema }) }),
  z.object({ method: z.literal('thread/tokenUsage/updated'), params: usageSchema }),
  z.object({ method: z.literal('error'), params: z.object({ error: errorSchema, willRetry: z.boolean() }) }),
]);
export type CodexMessage = z.infer<typeof messageSchema>;

const METHODS = new Set<string>(messageSchema.options.map(({ shape }) => shape.method.value));

/** Undefined for what is not read. Throws for what is not as this version of Codex has it. */
export function readCodexMessage(method: string, params: unknown): CodexMessage | undefined {
  return METHODS.has(method) ? messageSchema.parse({ method, params }) : undefined;
}

export const threadSchema = z.object({ thread: z.object({ id: z.string() }) });
export const turnStartedSchema = z.object({ turn: z.object({ id: z.string() }) });

/** Of its program, in its answer to `initialize`: `runnel/0.169.0 (Debian 12.0.0; x86_64) …`. */
export function versionIn(answer: unknown): string | undefined {
  const { data } = z.object({ userAgent: z.string() }).safeParse(answer);
  return data === undefined ? undefined : /\/(\d\S*)/.exec(data.userAgent)?.[1];
}

/** What is worth telling while it works. `files` is where it works. */
export function tellCodexMessage({ method, params }: CodexMessage, files: string): AgentEvent[] {
  switch (method) {
    case 'item/agentMessage/delta':
      return [{ type: 'text', text: params.delta }];
    case 'item/started':
      return isTool(params.item) ? [toolOf(params.item, files)] : [];
    case 'item/completed':
      return isTool(params.item) ? [endOf(params.item)] : [];
    case 'turn/plan/updated':
      return [{ type: 'plan', steps: params.plan.map(stepOf) }];
    case 'error':
      return params.willRetry ? [retryingOf(params.error)] : [];
    case 'turn/completed':
    case 'thread/tokenUsage/updated':
      return [];
  }
}

const TOOLS = new Set(['commandExecution', 'fileChange', 'mcpToolCall', 'webSearch', 'collabAgentToolCall']);

function isTool({ type }: CodexItem): boolean {
  return TOOLS.has(type);
}

function toolOf(item: CodexItem, files: string): AgentEvent {
  return { type: 'tool', call: item.id, title: titleOfItem(item, files), does: doesOf(item) };
}

function endOf({ id, status = 'completed' }: CodexItem): AgentEvent {
  return { type: 'tool_ended', call: id, isError: status !== 'completed' };
}

/** `Bash: npm test`, `Edit: a.ts, b.ts`. */
export function titleOfItem(item: CodexItem, files: string): string {
  switch (item.type) {
    case 'commandExecution':
      return titled('Bash', bareCommand(item.command ?? ''));
    case 'fileChange':
      return titled(
        'Edit',
        pathsOf(item)
          .map((path) => shortPath(path, files))
          .join(', '),
      );
    case 'mcpToolCall':
      return titled('Tool', `${item.server} ${item.tool}`);
    case 'webSearch':
      return titled('Search', item.query ?? '');
    default:
      return titled(item.tool ?? item.type, item.prompt ?? '');
  }
}

/** The same for two that ask for the very same. */
function doesOf({ type, command, cwd, changes, server, tool, arguments: given, prompt, query }: CodexItem): string {
  return JSON.stringify([type, command, cwd, changes, server, tool, given, prompt, query]);
}

/** All the files that a change touches. */
export function pathsOf({ changes = [] }: CodexItem): string[] {
  return changes.flatMap(({ path, kind }) => [path, kind.move_path ?? []].flat());
}

/** Codex hands a command to a shell, and says it with that shell around it. */
export function bareCommand(command: string): string {
  const [, given = command] = /^\S*sh -l?c ([^]*)$/.exec(command) ?? [];
  const [, quoted] = /^'([^']*)'$/.exec(given) ?? [];
  return quoted ?? given;
}

function shortPath(path: string, files: string): string {
  const inside = relative(files, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : inside;
}

function titled(tool: string, text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const title = line === '' ? tool : `${tool}: ${line}`;
  return title.length > TITLE_LENGTH ? `${title.slice(0, TITLE_LENGTH - 1)}…` : title;
}

const STATES = { pending: 'pending', inProgress: 'active', completed: 'done' } as const;

function stepOf({ step, status }: z.infer<typeof planSchema>[number]): PlanStep {
  return { title: step, state: STATES[status] };
}

const FIRST_WAIT_MS = 200;

/** It tells the attempt, not how long it waits: that is its schedule. */
function retryingOf(error: CodexError): AgentEvent {
  const attempt = Number(/(\d+)\/\d+/.exec(error.message)?.[1] ?? 1);
  const status = httpStatusOf(error);
  const reason = status === undefined ? (error.additionalDetails ?? error.message) : `HTTP ${status}`;
  return { type: 'retrying', attempt, waitMs: FIRST_WAIT_MS * 2 ** (attempt - 1), reason };
}

/** Of what the model answered. */
export function httpStatusOf({ codexErrorInfo: info }: CodexError): number | undefined {
  if (info === 'unauthorized') return 401;
  const [about] = typeof info === 'object' && info !== null ? Object.values(info) : [];
  return z.object({ httpStatusCode: z.number() }).safeParse(about).data?.httpStatusCode;
}

/** Counts a turn: Codex counts the whole conversation. */
export class CodexUsage {
  #before: Usage | undefined;
  #turn: Usage | undefined;

  add({ total, last }: { readonly total: Usage; readonly last: Usage }): void {
    this.#before ??= minus(total, last);
    this.#turn = minus(total, this.#before);
  }

  get turn(): Usage | undefined {
    return this.#turn;
  }
}

function minus(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens - other.inputTokens,
    outputTokens: one.outputTokens - other.outputTokens,
  };
}

export function endingOf(turn: z.infer<typeof turnSchema>, reply: string, usage: Usage | undefined): AgentEvent {
  const counted = usage === undefined ? {} : { usage };
  if (turn.status === 'completed') return { type: 'finished', stopReason: 'end_turn', reply, ...counted };
  const { error } = turn;
  const why = error === null || error === undefined ? `its turn is ${turn.status}.` : whyOf(error);
  return { ...failed(why), ...counted };
}

type Failed = Extract<AgentEvent, { type: 'finished' }>;

export function failed(why: string): Failed {
  const reply = `Codex could not finish this: ${why.trim() === '' ? 'it did not say why.' : why.trim()}`;
  return { type: 'finished', stopReason: 'failed', reply };
}

export const [hasNoKey, refusedKey] = keyFailures('Codex', 'OPENAI_API_KEY');

/** A model's refusal comes as the JSON that it sent. */
function whyOf({ message }: CodexError): string {
  try {
    return z.object({ error: z.object({ message: z.string() }) }).parse(JSON.parse(message)).error.message;
  } catch {
    return message;
  }
}
