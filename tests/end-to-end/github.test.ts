// A person's work on GitHub through real processes: their repository is made, their message worked on, their pull request opened.
// GitHub is the stand-in that is held to GitHub's own description, with real git behind it.
import { expect, test } from 'vitest';
import { ORGANIZATION, startGithub } from '../forge/github-world.ts';
import { pressButton } from '../support/press-button.ts';
import { startStory } from '../support/story.ts';

test('from the first message to the pull request, and on after sleep, as a GitHub App', async () => {
  const { github } = await startGithub();
  const { appId, privateKey, installationId } = github.state.app;
  await using story = await startStory({
    settings: {
      FORGE: 'github',
      GITHUB_API_URL: github.url,
      GITHUB_ORGANIZATION: ORGANIZATION,
      GITHUB_APP_ID: appId,
      GITHUB_APP_PRIVATE_KEY: privateKey,
      GITHUB_APP_INSTALLATION_ID: installationId,
      RUNNER_IDLE_TIMEOUT: '2s',
    },
  });
  const ada = story.person(0);
  const name = `${ORGANIZATION}/person0`;

  const place = ada.say('printf "x\\ny\\n" > a.txt; env; git config --list --show-origin');
  const [answer = ''] = await story.answered(place);
  expect(github.state.repositories).toMatchObject([{ name: 'person0', owner: ORGANIZATION, isPrivate: true }]);
  const branch = /runnel\/[0-9a-f]{8}/.exec(answer)?.[0] ?? 'no branch is named';
  expect(answer).toMatch(new RegExp(`\`${branch}\` of \`${name}\`: 1 file, \\+2 −0, commit \`[0-9a-f]{7}\`\\.`));
  await github.git.settled();
  expect([...(github.state.at(name)?.branches ?? [])].toSorted()).toEqual(['main', branch]);
  expect(await github.git.run(name, 'log', '--format=%an: %s', branch)).toBe(
    'Person 0: printf "x\\ny\\n" > a.txt; env; git config --list --show-origin\nGitHub: Begin main of person0\n',
  );
  expect(await github.git.run(name, 'show', `${branch}:a.txt`)).toBe('x\ny\n');

  pressButton(story, ada, { in: place, action: 'show_diff' });
  expect(await story.told(place, /diff --git/)).toMatch(/b\/a\.txt[^]*\+x\n\+y/);
  for (let n = 0; n < 2; n += 1) pressButton(story, ada, { in: place, action: 'open_pull_request' });
  const links = (): string[] => story.said(place).filter((text) => text.startsWith('Pull request'));
  await expect.poll(links).toHaveLength(2);
  expect(new Set(links())).toEqual(new Set([`Pull request #1: ${github.url}/${name}/pull/1`]));
  expect(github.state.at(name)?.pulls).toMatchObject([{ branch, base: 'main', state: 'open' }]);

  await story.told(place, /Write to wake me/);
  ada.say('echo z >> a.txt', { in: place });
  expect((await story.answered(place, 2))[1]).toContain(`\`${branch}\` of \`${name}\`: 1 file, +1 −0`);
  expect(await github.git.run(name, 'show', `${branch}:a.txt`)).toBe('x\ny\nz\n');
  expect(github.state.repositories, 'found again, not made').toHaveLength(1);
  const secrets = [...github.state.installationTokens.keys(), ...privateKey.split('\n').slice(1, 3)];
  for (const secret of secrets) expect(story.said(place).join('\n')).not.toContain(secret);
});
