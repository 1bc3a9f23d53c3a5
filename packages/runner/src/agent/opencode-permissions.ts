// What OpenCode may do without asking: by policy, and what the person has allowed for the rest of the session.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PermissionRequest } from '@opencode-ai/sdk/v2/client';
import { z } from 'zod';
import { attachedFolder } from '../attached/attached-folder.ts';
import type { Ask, TurnRequest } from './agent-provider.ts';
import { inputDoes } from './input-does.ts';
import { toolTitle } from './tool-title.ts';

type Action = 'allow' | 'ask';
type Rules = Record<string, Action | Record<string, Action>>;

/** Patterns by the kind of permission. Its program knows them for as long as it runs: a turn. */
const allowedSchema = z.record(z.string(), z.array(z.string()));
type Allowed = z.infer<typeof allowedSchema>;

const FILE = 'allowed.json';

/** Reading, and what stays in its own head. */
const HARMLESS: Rules = Object.fromEntries(
  ['read', 'glob', 'grep', 'list', 'lsp', 'skill', 'task', 'todowrite', 'question'].map((name) => [name, 'allow']),
);

/** Whatever lies outside of the session's files. */
const OUTSIDE = 'external_directory';

/** These know no patterns. */
const WHOLE: ReadonlySet<string> = new Set(['doom_loop', 'webfetch', 'websearch']);

/** For its configuration. Of several rules that fit the last one counts. */
export async function permissionRules(
  { policy, directory }: Pick<TurnRequest, 'policy' | 'directory'>,
  home: string,
): Promise<Rules> {
  if (policy === 'full') return { '*': 'allow' };
  const rules: Rules = { '*': 'ask', ...HARMLESS, edit: policy === 'accept_edits' ? 'allow' : 'ask' };
  const allowed = await readAllowed(home);
  // What the person gave it may be read without asking.
  const given = { ...allowed, [OUTSIDE]: [...(allowed[OUTSIDE] ?? []), `${attachedFolder(directory)}/*`] };
  for (const [permission, patterns] of Object.entries(given)) {
    if (rules[permission] !== 'allow') rules[permission] = allowing(permission, patterns);
  }
  return rules;
}

const shellInputSchema = z.object({ workdir: z.string() });

/** `input`: of the tool that asks, where it is known. */
export function permissionAsk({ permission, patterns, metadata }: PermissionRequest, input: unknown): Ask {
  const { command, diff } = metadata;
  const what = typeof command === 'string' ? command : patterns.join(', ');
  const folder = permission === 'bash' ? shellInputSchema.safeParse(input).data?.workdir : undefined;
  const where = folder === undefined ? what : `${what}\nin ${folder}`;
  const own = permission === 'bash' ? inputDoes(input, { isShell: true }) : undefined;
  return {
    kind: 'permission',
    title: toolTitle(permission, [what]),
    detail: typeof diff === 'string' ? diff : where,
    does: JSON.stringify([permission, patterns, command, diff, own]),
  };
}

export async function allowAlways({ permission, always }: PermissionRequest, home: string): Promise<void> {
  const allowed = await readAllowed(home);
  const patterns = new Set([...(allowed[permission] ?? []), ...always]);
  await writeFile(join(home, FILE), JSON.stringify({ ...allowed, [permission]: [...patterns] }));
}

function allowing(permission: string, patterns: readonly string[]): Rules[string] {
  if (WHOLE.has(permission) || patterns.includes('*')) return 'allow';
  return { '*': 'ask', ...Object.fromEntries(patterns.map((pattern) => [pattern, 'allow' as const])) };
}

/** What cannot be read is asked about again. */
async function readAllowed(home: string): Promise<Allowed> {
  const text = await readFile(join(home, FILE), 'utf8').catch(() => '{}');
  try {
    return allowedSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
