// Who does the work where nobody was asked for: the one for whose model there is a key. Its model follows a script.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { execPath } from '../support/run-process.ts';
import { startScriptedModel } from './scripted-model.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
let started: Started[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnel-codex-start-'));
});
afterEach(async () => {
  for (const one of started) one.kill('SIGINT');
  await Promise.allSettled(started);
  started = [];
  await rm(folder, { recursive: true, force: true });
});

const model = await startScriptedModel(({ prompt }) => ({ content: `I hear: ${prompt}` }));

/** `npm start` with these keys and nothing said about an agent. */
function runStart(keys: NodeJS.ProcessEnv, ...args: string[]) {
  return execa(execPath(), ['scripts/start.mjs', ...args], {
    cwd: root,
    env: {
      RUNNEL_DATA: folder,
      REDIS_URL: '',
      AGENT_PROVIDER: '',
      ANTHROPIC_API_KEY: '',
      OPENAI_BASE_URL: `${model.url}/v1`,
      ...keys,
    },
    stdin: 'ignore',
    reject: false,
  });
}
type Started = ReturnType<typeof runStart>;

/** Resolves to what it says once it is ready. */
async function untilReady(run: Started): Promise<() => string> {
  started.push(run);
  let said = '';
  run.stderr.on('data', (chunk) => (said += String(chunk)));
  await expect.poll(() => said).toContain('Ctrl-C saves and ends it.');
  return () => said;
}

test('Codex with a key of its model alone, without being asked for and without the name of a model', async () => {
  const key = { OPENAI_API_KEY: 'key-of-the-model' };
  const said = await untilReady(runStart(key));
  expect(said()).toContain('Codex does the work.');
  expect(said()).not.toContain('no key');
  expect(await runStart(key, '--say', 'good morning')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining('I hear: good morning'),
  });
});

test('Claude Code where there are both keys', async () => {
  const said = await untilReady(runStart({ OPENAI_API_KEY: 'one', ANTHROPIC_API_KEY: 'other' }));
  expect(said()).toContain('Claude Code does the work.');
});
