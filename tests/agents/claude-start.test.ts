// The whole command that a person types: an agent, a message, a repository. Its model follows a script.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { execPath } from '../support/run-process.ts';
import { serveRepository } from '../support/served-repository.ts';
import { runCommand, startScriptedModel } from './scripted-model.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnel-claude-start-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const model = await startScriptedModel(({ results }) =>
  results.length === 0
    ? runCommand('git log --format=%s; echo 3 > sum', 'I write it.')
    : { content: `It stands on ${results[0]}.` },
);

/** `npm start -- --agent claude --say "…" --repo PATH-or-URL`. */
async function start(repo: string, data: string): Promise<string> {
  const args = ['scripts/start.mjs', '--agent', 'claude', '--say', 'write the sum', '--repo', repo];
  const { stdout } = await execa(execPath(), args, {
    cwd: root,
    env: {
      RUNNEL_DATA: join(folder, data),
      REDIS_URL: '',
      ANTHROPIC_API_KEY: 'key-of-the-model',
      ANTHROPIC_BASE_URL: model.url,
    },
    stdin: 'ignore',
  });
  return stdout;
}

test('Claude Code works on a branch of a repository that has an address, and of one that lies on this machine', async () => {
  const { url } = await serveRepository();
  expect(await start(url, 'one')).toMatch(/It stands on one\.[^]*`runnel\/\w{8}` of `local\/shop`: 1 file, \+1 −0/);
  const shop = join(folder, 'shop');
  await execa('git', ['clone', '--quiet', url, shop]);
  const said = await start(shop, 'two');
  const branch = /runnel\/[0-9a-f]{8}/.exec(said)?.[0] ?? 'no branch is named';
  expect((await execa('git', ['-C', shop, 'show', `${branch}:sum`])).stdout).toBe('3');
});
