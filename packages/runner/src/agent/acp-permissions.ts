// What an agent asks in the Agent Client Protocol, put to the person in the words of the port.
import type { RequestPermissionRequest, RequestPermissionResponse, ToolCallUpdate } from '@agentclientprotocol/sdk';
import { z } from 'zod';
import { acpTitle } from './acp-updates.ts';
import type { AgentMemory } from './agent-memory.ts';
import type { Decision, TurnRequest } from './agent-provider.ts';
import { cutDetail, inputDetail } from './input-detail.ts';
import { inputDoes } from './input-does.ts';
import { areInside } from './inside-folder.ts';

export type AcpAsking = {
  readonly request: TurnRequest;
  readonly memory: AgentMemory;
  /** All that is known of what it is about to do. */
  readonly call: ToolCallUpdate;
};

type Options = RequestPermissionRequest['options'];

const EDITS: ReadonlySet<string> = new Set(['edit', 'delete', 'move']);

/** Rejects when the question is taken back. */
export async function answerAcp(asking: AcpAsking, options: Options): Promise<RequestPermissionResponse> {
  const decision = await decide(asking);
  const kinds = decision.kind === 'allow' ? allowing(decision.always) : ['reject_once', 'reject_always'];
  const chosen = kinds.flatMap((kind) => options.find((option) => option.kind === kind) ?? [])[0];
  return chosen === undefined ? canceled : { outcome: { outcome: 'selected', optionId: chosen.optionId } };
}

export const canceled: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };

/** What is allowed always is remembered here: an agent would keep it for a turn, or write it into the person's files. */
function allowing(always: boolean): string[] {
  return always ? ['allow_once', 'allow_always'] : ['allow_once'];
}

async function decide({ request, memory, call }: AcpAsking): Promise<Decision> {
  const { policy, directory } = request;
  const freely: Decision = { kind: 'allow', always: true };
  if (policy === 'full') return freely;
  if (policy === 'accept_edits' && EDITS.has(call.kind ?? '') && (await areInside(pathsOf(call), directory.files))) {
    return freely;
  }
  const does = doesOf(call);
  if (memory.isAllowed(does)) return freely;
  const detail = detailOf(call);
  const decision = await request.ask({
    kind: 'permission',
    title: acpTitle(call),
    ...(detail === '' ? {} : { detail }),
    does,
  });
  if (decision.kind === 'allow' && decision.always) await memory.allow(does);
  return decision;
}

const commandSchema = z.object({ command: z.string() });

/** Of a command that stands in its input the rest is words about it; of anything else each of them may be what tells it apart. */
function doesOf({ kind, title, rawInput, content, locations }: ToolCallUpdate): string {
  const isCommand = kind === 'execute' && commandSchema.safeParse(rawInput).success;
  if (isCommand) return JSON.stringify([kind, inputDoes(rawInput, { isShell: true })]);
  return JSON.stringify([kind, title, rawInput, content, locations]);
}

/** All that it says it touches. */
function pathsOf({ locations, content }: ToolCallUpdate): string[] {
  const changed = content?.flatMap((part) => (part.type === 'diff' ? [part.path] : [])) ?? [];
  return [...(locations?.map(({ path }) => path) ?? []), ...changed];
}

function detailOf({ content, rawInput, title }: ToolCallUpdate): string {
  const changes = content?.flatMap((part) => (part.type === 'diff' ? [part] : [])) ?? [];
  // Of its title only a line is shown.
  if (changes.length === 0) return inputDetail(rawInput) || cutDetail(title ?? '');
  const shown = changes.map(({ path, oldText, newText }) =>
    [path, ...marked('-', oldText ?? ''), ...marked('+', newText)].join('\n'),
  );
  return cutDetail(shown.join('\n\n'));
}

function marked(mark: string, text: string): string[] {
  return text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `${mark}${line}`);
}
