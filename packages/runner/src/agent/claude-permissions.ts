// Asks the person what Claude Code may do, and what it wants to know.
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CanUseTool, PermissionResult, PermissionUpdate } from '@anthropic-ai/claude-agent-sdk';
import { z } from 'zod';
import type { Decision, TurnRequest } from './agent-provider.ts';
import { inputDetail } from './input-detail.ts';
import { inputDoes } from './input-does.ts';
import { toolTitle } from './tool-title.ts';

const questions = z.object({
  questions: z.array(
    z.object({
      question: z.string(),
      options: z.array(z.object({ label: z.string(), description: z.string().default('') })).default([]),
      multiSelect: z.boolean().default(false),
    }),
  ),
});

type Question = z.infer<typeof questions>['questions'][number];

/** `onTakenBack`: nobody will answer any more, and the turn is over. */
export function claudePermissions(request: TurnRequest, onTakenBack: () => void): CanUseTool {
  return async (tool, input, { suggestions = [] }) => {
    try {
      if (tool === 'AskUserQuestion') return await askQuestions(request, input);
      return await askPermission(request, { tool, input, suggestions });
    } catch {
      onTakenBack();
      return { behavior: 'deny', message: 'Nobody can answer now.', interrupt: true };
    }
  };
}

async function askQuestions({ ask }: TurnRequest, input: Record<string, unknown>): Promise<PermissionResult> {
  const asked = questions.safeParse(input);
  if (!asked.success) return deny('The question cannot be shown: ask it in your answer.');
  const answers: Record<string, string> = {};
  for (const question of asked.data.questions) {
    const choices = question.options.map(({ label }) => label);
    const decision = await ask({ kind: 'question', text: textOf(question), choices });
    if (decision.kind !== 'answer') return deny('The person does not answer: decide yourself, and say how.');
    answers[question.question] = decision.text;
  }
  return { behavior: 'allow', updatedInput: { ...input, answers } };
}

function textOf({ question, options, multiSelect }: Question): string {
  const described = options.filter(({ description }) => description !== '');
  const lines = described.map(({ label, description }) => `- ${label}: ${description}`);
  return [question, ...lines, ...(multiSelect ? ['More than one may be chosen, with commas between them.'] : [])].join(
    '\n',
  );
}

type Wish = {
  readonly tool: string;
  readonly input: Record<string, unknown>;
  /** What Claude Code takes for the same. */
  readonly suggestions: readonly PermissionUpdate[];
};

async function askPermission(request: TurnRequest, wish: Wish): Promise<PermissionResult> {
  // Nothing goes into the files of the person.
  const rules = wish.suggestions.map((rule): PermissionUpdate => ({ ...rule, destination: 'session' }));
  const allowed: PermissionResult = { behavior: 'allow', updatedInput: wish.input };
  if (request.policy === 'full') return allowed;
  const kept = join(request.directory.state, 'claude-allowed');
  const does = JSON.stringify([wish.tool, inputDoes(wish.input, { isShell: wish.tool === 'Bash' })]);
  const same = rules.length > 0 ? JSON.stringify(rules) : does;
  // Its program forgets them with its process, which is one turn.
  if ((await readFile(kept, 'utf8').catch(() => '')).split('\n').includes(same)) {
    return { ...allowed, updatedPermissions: rules };
  }
  const detail = inputDetail(wish.input);
  const decision = await request.ask({
    kind: 'permission',
    title: toolTitle(wish.tool, wish.input),
    ...(detail === '' ? {} : { detail }),
    does,
  });
  if (decision.kind !== 'allow') return deny(refusalOf(decision));
  if (!decision.always) return allowed;
  await appendFile(kept, `${same}\n`);
  return { ...allowed, updatedPermissions: rules };
}

function refusalOf(decision: Exclude<Decision, { kind: 'allow' }>): string {
  return decision.kind === 'answer' ? `The person says: ${decision.text}` : 'The person does not allow this.';
}

function deny(message: string): PermissionResult {
  return { behavior: 'deny', message };
}
