// What a runner tells OpenCode of models is what OpenCode itself knows. For another version: `npx vitest run --project proof opencode-models -u`.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { findAgents } from './find-agents.ts';

const list = fileURLToPath(new URL('../../packages/runner/src/agent/opencode-models.json', import.meta.url));

const START = 'anthropic:{id:"anthropic"';
/** In bytes of its program. */
const MOST = 100_000;

test('the list of models is the one in the program', async () => {
  const { opencode } = await findAgents();
  const program = await readFile(opencode);
  const at = program.indexOf(START);
  expect(at).toBeGreaterThan(0);
  const anthropic: unknown = runInNewContext(`({${firstEntry(program.toString('utf8', at, at + MOST))}})`);
  await expect(`${JSON.stringify(anthropic, undefined, 2)}\n`).toMatchFileSnapshot(list);
});

/** Of the inside of a literal: up to where its first value ends. */
function firstEntry(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}]/g)) {
    if (token === '{') depth += 1;
    if (token === '}') depth -= 1;
    if (token === '}' && depth === 0) return text.slice(0, index + 1);
  }
  throw new Error('The literal does not end.');
}
