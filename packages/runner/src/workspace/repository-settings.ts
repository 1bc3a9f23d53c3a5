// What a repository asks of Runnel in its `.runnel.yml`: read anew each time, since the agent may change it. Data, never trusted.
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Document } from 'yaml';
import { z } from 'zod';

export const SETTINGS_FILE = '.runnel.yml';
const LONGEST = 64 * 1024;
/** As providers of models name them; never an option of a command line. */
export const MODEL_NAME = /^[A-Za-z0-9][\w./:@-]{0,99}$/;

const script = z
  .union([z.string(), z.array(z.string())])
  .transform((lines) => (typeof lines === 'string' ? lines : lines.join('\n')).trim())
  .refine((text) => text !== '', 'It says nothing.');

const commands = {
  /** Run once in a thread, before its first turn. */
  setup: z.optional(script),
  /** Run after a turn that changed something. */
  check: z.optional(script),
};

const settingsSchema = z.strictObject({
  ...commands,
  /** Who works here where the thread does not say otherwise, and with which model. */
  agent: z.optional(z.string()),
  model: z.optional(z.string().regex(MODEL_NAME)),
});

export type RepositoryCommand = keyof typeof commands;
export type RepositorySettings = z.infer<typeof settingsSchema>;

/** With `faults`, sentences that name the line, nothing of the file counts. */
export type ReadSettings = { readonly settings: RepositorySettings; readonly faults: readonly string[] };

const nothing: ReadSettings = { settings: {}, faults: [] };

/** `files` is the checkout, `agents` are those that the fleet has. */
export async function readRepositorySettings(files: string, agents: readonly string[]): Promise<ReadSettings> {
  const path = join(files, SETTINGS_FILE);
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return nothing;
  if (!stats.isFile() || stats.size > LONGEST) return faulty(['It is no file, or a very long one.']);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? faulty(['It cannot be read.']) : parseSettings(text, agents);
}

async function parseSettings(text: string, agents: readonly string[]): Promise<ReadSettings> {
  // Most repositories have none.
  const { LineCounter, parseDocument, isNode } = await import('yaml');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const atLine = (offset: number, what: string): string => `line ${lineCounter.linePos(offset).line}: ${what}`;
  if (document.errors.length > 0) return faulty(document.errors.map(({ pos, message }) => atLine(pos[0], message)));
  const known = settingsSchema.extend({ agent: z.optional(z.enum(agents)) });
  const parsed = known.safeParse(plain(document));
  if (parsed.success) return { settings: parsed.data, faults: [] };
  return faulty(
    parsed.error.issues.map((issue) => {
      const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
      const node = document.getIn(path, true);
      return atLine(isNode(node) ? (node.range?.[0] ?? 0) : 0, sayIssue(issue, agents));
    }),
  );
}

/** A bomb of aliases is no setting. */
function plain(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return 'aliases';
  }
}

function sayIssue(issue: z.core.$ZodIssue, agents: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(settingsSchema.shape).join(', ');
    return `there is no setting called ${issue.keys.join(' or ')}; there are ${known}.`;
  }
  const [name] = issue.path;
  if (name === 'agent') return `agent must be one of those that are here: ${agents.join(', ')}.`;
  if (name === 'model') return 'model must be the name of a model.';
  return `${issue.path.join('.') || 'It'} must be a command, or a list of commands.`;
}

function faulty(faults: readonly string[]): ReadSettings {
  return { settings: {}, faults };
}
