// What Codex asks in the middle of a turn, put to the person in the words of the port.
import { z } from 'zod';
import type { AgentMemory } from './agent-memory.ts';
import type { Ask, Decision, TurnRequest } from './agent-provider.ts';
import { bareCommand, pathsOf, titleOfItem, type CodexItem } from './codex-messages.ts';
import { areInside } from './inside-folder.ts';
import type { RpcMessage } from './json-lines-rpc.ts';

export type CodexAsking = {
  readonly request: TurnRequest;
  readonly memory: AgentMemory;
  /** What it is about to do, by its id. */
  readonly items: ReadonlyMap<string, CodexItem>;
};

const commandSchema = z.object({
  itemId: z.string(),
  kind: z.string().optional(),
  command: z.string().nullish(),
  cwd: z.string().nullish(),
  reason: z.string().nullish(),
});
const changeSchema = z.object({ itemId: z.string() });
const questionsSchema = z.object({
  questions: z.array(
    z.object({
      id: z.string(),
      question: z.string(),
      options: z.array(z.object({ label: z.string() })).nullish(),
    }),
  ),
});

/** Its answer, or undefined for what nobody here can answer. Rejects when the question is taken back. */
export async function answerCodex(asking: CodexAsking, { method, params }: RpcMessage): Promise<object | undefined> {
  switch (method) {
    case 'item/commandExecution/requestApproval':
      return decideCommand(asking, commandSchema.parse(params));
    case 'item/fileChange/requestApproval':
      return decideChange(asking, changeSchema.parse(params).itemId);
    case 'item/tool/requestUserInput':
      return answerQuestions(asking.request, questionsSchema.parse(params));
    default:
      return undefined;
  }
}

type Approval = { readonly decision: 'accept' | 'acceptForSession' | 'decline' };

async function decideCommand(asking: CodexAsking, about: z.infer<typeof commandSchema>): Promise<Approval> {
  const item = asking.items.get(about.itemId);
  const command = about.command ?? item?.command ?? '';
  const title = titleOfItem({ type: 'commandExecution', id: about.itemId, command }, '');
  const detail = [about.reason ?? [], bareCommand(command)].flat().join('\n\n');
  const does = JSON.stringify([about.kind, command, about.cwd]);
  return decide(asking, { ask: { kind: 'permission', title, detail, does }, same: does });
}

async function decideChange(asking: CodexAsking, itemId: string): Promise<Approval> {
  const { request, items } = asking;
  const { files } = request.directory;
  const item = items.get(itemId);
  if (item === undefined) return { decision: 'decline' };
  const paths = pathsOf(item);
  if (request.policy === 'accept_edits' && (await areInside(paths, files))) return { decision: 'accept' };
  const detail = item.changes?.map(({ path, diff }) => `${path}\n${diff}`).join('\n\n') ?? '';
  const does = JSON.stringify(['change', item.changes]);
  const ask = { kind: 'permission' as const, title: titleOfItem(item, files), detail, does };
  return decide(asking, { ask, same: JSON.stringify(['change', ...paths]) });
}

/** `same`: what *always* covers. */
type Matter = { readonly ask: Ask; readonly same: string };

/** What Codex takes for the same it does not ask again in this turn; the next turn is another process, which knows nothing of it. */
async function decide({ request, memory }: CodexAsking, { ask, same }: Matter): Promise<Approval> {
  if (memory.isAllowed(same)) return { decision: 'accept' };
  const decision = await request.ask(ask);
  if (decision.kind !== 'allow') return { decision: 'decline' };
  if (!decision.always) return { decision: 'accept' };
  await memory.allow(same);
  return { decision: 'acceptForSession' };
}

/** One after the other; one that gets no answer is left out. */
async function answerQuestions(request: TurnRequest, { questions }: z.infer<typeof questionsSchema>): Promise<object> {
  const answers: Record<string, { readonly answers: readonly string[] }> = {};
  for (const { id, question, options } of questions) {
    const choices = options?.map(({ label }) => label) ?? [];
    const decision: Decision = await request.ask({ kind: 'question', text: question, choices });
    if (decision.kind === 'answer') answers[id] = { answers: [decision.text] };
  }
  return { answers };
}
