// A real runner whose forge is GitHub: the stand-in for what is asked of the API, real git for the rest.
import { expect, test } from 'vitest';
import { openRunnerStage } from '../runner/start-runner.ts';
import { ORGANIZATION, startGithub } from './github-world.ts';

test('a thread works in a repository on GitHub, and its branch is pushed there, with no token to be seen', async () => {
  const stage = await openRunnerStage();
  const { github } = await startGithub();
  const { userToken } = github.state;
  github.state.add('acme/app', { branches: new Set() });
  const thread = await stage.say('echo hello > hello.txt; env; git config --list --show-origin');
  const runner = await stage.start({
    FORGE: 'github',
    GITHUB_API_URL: github.url,
    GITHUB_ORGANIZATION: ORGANIZATION,
    GITHUB_TOKEN: userToken,
    REPOSITORY: 'acme/app',
  });
  await stage.answered(thread, [/hello\.txt|runnel\//]);
  const branch = [...(github.state.at('acme/app')?.branches ?? [])].find((name) => name.startsWith('runnel/')) ?? '';
  expect(await github.git.run('acme/app', 'show', `${branch}:hello.txt`)).toBe('hello\n');
  expect(github.count('repos/get')).toBeGreaterThan(0);
  for (const text of [...stage.said(thread), runner.log()]) expect(text).not.toContain(userToken);
});
