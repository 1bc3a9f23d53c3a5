// A person says where their threads work, told with real processes and real git.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedRepository } from '../support/seed-repository.ts';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 3, settings: { FORGE: 'folder', RUNNER_IDLE_TIMEOUT: '500ms' } });
});
afterAll(async () => story[Symbol.asyncDispose]());

/** Resolves to the name of a repository with these branches, each with a file called like it. */
async function offer(name: string, branches: readonly string[]): Promise<string> {
  const folder = join(story.folder, name);
  await mkdir(folder);
  const git = async (...args: string[]): Promise<unknown> =>
    promisify(execFile)('git', ['-C', folder, '-c', 'user.name=Seed', '-c', 'user.email=seed@example.com', ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  for (const branch of branches) {
    await git('checkout', '--quiet', '--orphan', branch);
    await promisify(execFile)('touch', [join(folder, branch)]);
    await git('add', '--all');
    await git('commit', '--quiet', '--message=Begin');
    await git('rm', '--quiet', '-r', '.');
  }
  await git('checkout', '--quiet', 'main');
  return (await story.fleet.repositories.offer(folder)).name;
}

test('a repository and a branch that are chosen first are where the thread works, and the next ones', async () => {
  const shop = await offer('shop', ['main', 'next']);
  const ada = story.person(0);
  const before = ada.say('echo mine > mine; ls');
  await story.answered(before);
  const place = ada.say(`repo ${shop}`);
  expect(await story.answered(place)).toEqual([
    `The repository of this thread, and of those that you begin from now on, is \`${shop}\`.`,
  ]);
  ada.say('branch next', { in: place });
  ada.say('repo', { in: place });
  expect((await story.answered(place, 3)).slice(1)).toEqual([
    expect.stringMatching(/^The branch of this thread, .* begins at `next`\./),
    expect.stringMatching(/^This thread will work in `local\/shop`, as you chose, and begin at `next`\./),
  ]);
  await story.told(place, /^Saved/);
  ada.say('ls; echo x > new', { in: place });
  expect((await story.answered(place, 4))[3]).toMatch(/\bnext\b[^]*of `local\/shop`: 1 file/);
  ada.say('repo people/person0', { in: place });
  ada.say('branch', { in: place });
  expect((await story.answered(place, 6)).slice(4)).toEqual([
    expect.stringMatching(/^This thread works in `local\/shop`, on .* began at `next`\. It stays there/),
    expect.stringMatching(/^This thread works in `local\/shop`/),
  ]);
  const other = ada.say('ls');
  expect((await story.answered(other))[0]).toMatch(/\bnext\b/);
  ada.say('ls', { in: before });
  expect((await story.answered(before, 2))[1], 'a thread stays where it began').toMatch(/\bmine\b/);
});

test('what may not be chosen, and what is not there, is said; nothing is changed by it', async () => {
  const [grace, alan] = [story.person(1), story.person(2)];
  await seedRepository(story, grace, { 'hers.txt': 'x' });
  const hers = (await story.fleet.repositories.own(grace.userKey, '')).name;
  const place = alan.say(`repo ${hers}`);
  alan.say('repo nobody/nothing', { in: place });
  alan.say('branch ../x', { in: place });
  alan.say('branch gone', { in: place });
  alan.say('ls', { in: place });
  const answers = await story.answered(place, 5);
  expect(answers.slice(0, 2)).toEqual([
    expect.stringMatching(/^Nothing is changed \(repository_refused\):/),
    expect.stringMatching(/^Nothing is changed \(repository_refused\):/),
  ]);
  expect(answers[2]).toMatch(/no name of a branch/);
  expect(answers[4]).toMatch(
    /so nothing was run \(branch_unknown\)[^]* What you chose is changed by `repo` and `branch`\.$/,
  );
  alan.say('branch default', { in: place });
  alan.say('ls', { in: place });
  expect((await story.answered(place, 7))[6]).not.toContain('nothing was run');
});
