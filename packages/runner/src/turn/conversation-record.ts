// What was said in a session, turn by turn, whoever worked: in its state, beside what each agent keeps for itself.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Said } from '../agent/agent-provider.ts';

const saidSchema = z.object({
  agent: z.string(),
  asked: z.string(),
  answered: z.string(),
  hasFailed: z.boolean().optional(),
});

const MOST_TURNS = 50;
const LONGEST_TEXT = 8_000;

/** Oldest first. What cannot be read is forgotten. */
export async function readConversation(state: string): Promise<Said[]> {
  const text = await readFile(recordIn(state), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [saidSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

export async function addToConversation(state: string, { asked, answered, ...turn }: Said): Promise<void> {
  const said = { ...turn, asked: asked.slice(0, LONGEST_TEXT), answered: answered.slice(0, LONGEST_TEXT) };
  const all = [...(await readConversation(state)), said].slice(-MOST_TURNS);
  await mkdir(state, { recursive: true });
  await writeFile(recordIn(state), all.map((one) => `${JSON.stringify(one)}\n`).join(''), { mode: 0o600 });
}

function recordIn(state: string): string {
  return join(state, 'conversation.jsonl');
}
