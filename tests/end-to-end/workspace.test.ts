// A person's work on their repository, from the message to the pull request, through real processes and real git.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pressButton } from '../support/press-button.ts';
import { seedRepository } from '../support/seed-repository.ts';
import { startStory, type Person, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 5, settings: { FORGE: 'folder', RUNNER_IDLE_TIMEOUT: '2s' } });
});
afterAll(async () => story[Symbol.asyncDispose]());

/** In the person's own repository. */
async function git(person: Person, ...args: string[]): Promise<string> {
  const { folder } = await story.fleet.repositories.own(person.userKey, '');
  return (await promisify(execFile)('git', ['--git-dir', folder, ...args])).stdout;
}

function branchIn(answer: string | undefined): string {
  return /runnel\/[0-9a-f]{8}/.exec(answer ?? '')?.[0] ?? 'no branch is named';
}

test("a message's work is a commit in the person's name, and the answer says where", async () => {
  const ada = story.person(0);
  const place = ada.say('printf "x\\ny\\n" > a.txt; echo done');
  const [answer] = await story.answered(place);
  expect(answer).toMatch(/done[^]*`runnel\/[0-9a-f]{8}` of `people\/person0`: 1 file, \+2 −0, commit `[0-9a-f]{7}`\./);
  const branch = branchIn(answer);
  expect(await git(ada, 'show', `${branch}:a.txt`)).toBe('x\ny\n');
  expect(await git(ada, 'log', '-1', '--format=%an: %s', branch)).toBe(
    'Person 0: printf "x\\ny\\n" > a.txt; echo done\n',
  );
  ada.say('ls', { in: place });
  expect((await story.answered(place, 2))[1], 'nothing changed').not.toContain('commit');
});

test('a repository says in `.runnel.yml` what is run before the first turn, and after one that changed something', async () => {
  const dan = story.person(4);
  await seedRepository(story, dan, { '.runnel.yml': 'setup: echo ready > prepared\ncheck: test -e good\n' });
  const place = dan.say('cat prepared');
  const [first] = await story.answered(place);
  expect(first).toMatch(/ready[^]*: 1 file, [^]*`test -e good` failed\./);
  dan.say('touch good; rm prepared', { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(/`test -e good` passed\./);
  dan.say('ls prepared; echo "setup: 7" > .runnel.yml', { in: place });
  expect((await story.answered(place, 3))[2], 'once in a thread').toContain('No such file');
  await seedRepository(story, dan, { '.runnel.yml': 'setup: echo this is why; exit 1\n' });
  expect((await story.answered(dan.say('echo hello')))[0]).toMatch(
    /The setup `[^`]+` of `.runnel.yml` failed: `this is why`[^]*hello/,
  );
  await seedRepository(story, dan, { '.runnel.yml': 'setup: exit 0\nchek: exit 0\n' });
  expect((await story.answered(dan.say('echo hello')))[0]).toMatch(
    /`.runnel.yml` does not count: line 2: there is no setting called chek[^]*hello/,
  );
});

test('what programs keep for themselves is no part of the work', async () => {
  const ada = story.person(0);
  const place = ada.say('mkdir -p "$npm_config_cache"; echo x > "$npm_config_cache/y"; echo z > z.txt');
  expect((await story.answered(place))[0]).toContain(': 1 file, +1 −0');
});

test('the buttons show what changed, and make one pull request however often they are pressed, asleep too', async () => {
  const ada = story.person(1);
  const place = ada.say('echo one > a.txt');
  const [answer] = await story.answered(place);
  pressButton(story, ada, { in: place, action: 'show_diff' });
  expect(await story.told(place, /\+one/)).toMatch(/diff --git a\/a.txt b\/a.txt/);
  await story.told(place, /Write to wake me/);
  for (let n = 0; n < 2; n += 1) pressButton(story, ada, { in: place, action: 'open_pull_request' });
  const links = (): string[] => story.said(place).filter((text) => text.startsWith('Pull request #1: '));
  await expect.poll(links).toHaveLength(2);
  const pulls = (await story.fleet.repositories.find('people/person1'))?.pulls;
  expect(pulls).toMatchObject([{ branch: branchIn(answer), base: 'main', title: 'echo one > a.txt' }]);
  const { headers } = await fetch(story.fleet.link, { redirect: 'manual' });
  const cookie = headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await fetch(/http\S*/.exec(links()[0] ?? '')?.[0] ?? '', { headers: { cookie } });
  expect(await page.text()).toMatch(/echo one &gt; a.txt <small>#1<\/small>[^]*\+one/);
});

test('two threads change the same file, each on its branch, and keep at it after sleep', async () => {
  const ada = story.person(2);
  const places = [ada.say('echo one > a.txt'), ada.say('echo two > a.txt')];
  const branches = await Promise.all(places.map(async (place) => branchIn((await story.answered(place))[0])));
  expect(new Set(branches).size).toBe(2);
  await Promise.all(places.map((place) => story.told(place, /Write to wake me/)));
  for (const place of places) ada.say('git log --format=%s -1; echo more >> a.txt', { in: place });
  const second = await Promise.all(places.map(async (place) => (await story.answered(place, 2))[1]));
  expect(second).toEqual([expect.stringContaining('echo one'), expect.stringContaining('echo two')]);
  const files = await Promise.all(branches.map((branch) => git(ada, 'show', `${branch}:a.txt`)));
  expect(files).toEqual(['one\nmore\n', 'two\nmore\n']);
});

test('a secret is not committed, and the answer says where it stands; what can be seen from inside has no token', async () => {
  const ada = story.person(3);
  const place = ada.say(`printf '\\ntoken=%s%s\\n' ghp_ a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8 > config.txt`);
  expect((await story.answered(place))[0]).toMatch(/Nothing was committed[^]*`config\.txt:2` \(github\)/);
  ada.say('rm config.txt; env; git config --local --list; git remote -v; cat .git/config', { in: place });
  const inside = (await story.answered(place, 2))[1] ?? '';
  expect(inside).toMatch(/remote\.origin\.url=.*mirrors/);
  // Where this tree lies is nobody's secret.
  expect(inside.replace(/^PATH=.*$/m, '')).not.toMatch(/FORGE|http|credential/i);
  expect(await git(ada, 'for-each-ref')).toBe('');
});
