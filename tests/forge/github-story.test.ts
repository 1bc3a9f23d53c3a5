// A real runner whose forge is GitHub: the stand-in for what is asked of the API, real git for the rest.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FolderRepositories, startFolderForge } from '@runnel/dev';
import { expect, onTestFinished, test } from 'vitest';
import { openRunnerStage } from '../runner/start-runner.ts';
import { bareEnvironment } from '../support/run-process.ts';
import { ORGANIZATION, startGithub } from './github-world.ts';

const run = promisify(execFile);

test('a thread works in a repository on GitHub, and its branch is pushed there, with no token to be seen', async () => {
  const stage = await openRunnerStage();
  const { github } = await startGithub();
  const { userToken } = github.state;
  const repositories = new FolderRepositories(join(stage.folder, 'git'));
  await mkdir(join(stage.folder, 'git'));
  const { folder, name } = await repositories.own('T1:U1', 'app');
  const options = { repositories, token: userToken, pages: github.url, environment: bareEnvironment() };
  const git = await startFolderForge(options);
  onTestFinished(() => git.close());
  github.state.add('acme/app', { branches: new Set(), cloneUrl: `${git.url}/${name}.git` });

  const thread = await stage.say('echo hello > hello.txt; env; git config --list --show-origin');
  const runner = await stage.start({
    FORGE: 'github',
    GITHUB_API_URL: github.url,
    GITHUB_ORGANIZATION: ORGANIZATION,
    GITHUB_TOKEN: userToken,
    REPOSITORY: 'acme/app',
  });
  await stage.answered(thread, [/hello\.txt|runnel\//]);
  const { stdout: refs } = await run('git', ['--git-dir', folder, 'for-each-ref', '--format=%(refname:short)']);
  const branch = refs.split('\n').find((ref) => ref.startsWith('runnel/')) ?? '';
  const { stdout: content } = await run('git', ['--git-dir', folder, 'show', `${branch}:hello.txt`]);
  expect(content).toBe('hello\n');
  expect(github.count('repos/get')).toBeGreaterThan(0);
  for (const text of [...stage.said(thread), runner.log()]) expect(text).not.toContain(userToken);
});
