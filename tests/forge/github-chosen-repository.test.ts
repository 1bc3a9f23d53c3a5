// Chosen repositories on GitHub, by a token and by an App; and what became of one that has another name, or another owner, since.
import { expect, test } from 'vitest';
import { describeChosenRepositories, startPod, type ForgeWorld } from '../runner/describe-chosen-repositories.ts';
import { namesIn, refusalOf, startGithub, type GithubWorld } from './github-world.ts';

const onGithub = ({ github, ...as }: GithubWorld, who: 'asUser' | 'asApp'): ForgeWorld => ({
  forge: as[who](),
  add: (name, branches) => {
    github.state.add(`acme/${name}`, { branches: new Set(branches) });
    return Promise.resolve(`acme/${name}`);
  },
  git: (name, ...args) => github.git.run(name, ...args),
  bases: (name) => Promise.resolve((github.state.at(name)?.pulls ?? []).map(({ base }) => base)),
  names: () => Promise.resolve(namesIn(github)),
});

describeChosenRepositories('GitHub by a token', async () => onGithub(await startGithub(), 'asUser'));
describeChosenRepositories('GitHub by an App', async () => onGithub(await startGithub(), 'asApp'));

test('a thread goes on in its repository when that was renamed, and handed to somebody else, and another one is called so', async () => {
  const world = await startGithub();
  const { state, git } = world.github;
  const shop = state.add('acme/shop', { branches: new Set(['main', 'release']) });
  const pod = await startPod(onGithub(world, 'asApp'), { choosable: ['acme/*'] });
  await pod.prepare({ repository: 'acme/shop', branch: 'release' });
  const branch = await pod.change('a.txt');
  state.move(shop, 'acme/store');
  state.move(shop, 'globex/store');
  const next = await startPod(onGithub(world, 'asApp'), {}, pod);
  await next.prepare();
  expect(await next.change('b.txt')).toBe(branch);
  expect(await git.run('globex/store', 'log', '--format=%s', branch)).toBe('Change\nChange\nBegin release of shop\n');
  await next.work.openPullRequest('T1:D1:1.0');
  expect(shop.pulls).toMatchObject([{ branch, base: 'release' }]);

  state.add('acme/shop');
  const last = await startPod(onGithub(world, 'asApp'), { choosable: ['acme/*'] }, pod);
  const gone = {
    code: 'repository_unknown',
    message: expect.stringContaining('acme/shop, in which this thread began, is gone'),
  };
  await expect(last.prepare()).rejects.toMatchObject(gone);
});

test('what was handed to another owner is not among those of the first; what was named itself is', async () => {
  const world = await startGithub();
  const shop = world.github.state.add('acme/shop');
  world.github.state.move(shop, 'globex/secret');
  const all = await startPod(onGithub(world, 'asUser'), { choosable: ['acme/*'] });
  await expect(all.work.chooseRepository('acme/shop')).rejects.toMatchObject({ code: 'repository_refused' });
  const itself = await startPod(onGithub(world, 'asUser'), { choosable: ['acme/shop'] });
  expect(await itself.work.chooseRepository('acme/shop')).toMatchObject({ name: 'globex/secret' });
});

test('a fork of what is somebody’s own is theirs as well; one with the marks of two is nobody’s to choose', async () => {
  const world = await startGithub();
  const { state } = world.github;
  const forge = world.asUser();
  await forge.ownRepository({ user: 'T1:U2', handle: 'grace' });
  await forge.ownRepository({ user: 'T1:U1', handle: 'ada' });
  const [graces, adas] = state.repositories;
  state.add('acme/fork', { isFork: true, description: graces?.description ?? '' });
  state.add('acme/both', { topics: [...(graces?.topics ?? []), ...(adas?.topics ?? [])] });
  const { work } = await startPod(onGithub(world, 'asUser'), { choosable: ['acme/*'] });
  for (const name of ['acme/fork', 'acme/both']) {
    await expect(work.chooseRepository(name)).rejects.toMatchObject({ code: 'repository_refused' });
  }
});

test('one that is archived keeps what is done here and says why, in the pod that has it open and in the next', async () => {
  const world = await startGithub();
  const shop = world.github.state.add('acme/shop');
  const pod = await startPod(onGithub(world, 'asApp'), { choosable: ['acme/*'] });
  await pod.prepare({ repository: 'acme/shop' });
  shop.isArchived = true;
  const byGit = {
    kind: 'refused',
    why: expect.stringMatching(/^This repository was archived so it is read-only\.: .*403$/),
  };
  expect(await pod.finish('a.txt')).toMatchObject({ kind: 'done', changes: { files: 1 }, pushed: byGit });
  const next = await startPod(onGithub(world, 'asApp'), {}, pod);
  expect(await next.prepare()).toBe('ready');
  const pushed = { kind: 'refused', why: 'Runnel may not push to acme/shop: it is archived' };
  expect(await next.finish('b.txt')).toMatchObject({ kind: 'done', pushed });
  await expect(next.work.openPullRequest('T1:D1:1.0')).rejects.toMatchObject({ code: 'repository_refused' });
});

test('one behind a single sign-on is refused with where to authorize, to whom it is named, and to nobody else', async () => {
  const world = await startGithub();
  const signOnUrl = 'https://github.com/orgs/acme/sso?authorization_request=AZSC';
  world.github.state.add('acme/shop', { signOnUrl });
  const asked = async (choosable: string[]) => {
    const { work } = await startPod(onGithub(world, 'asUser'), { choosable });
    return refusalOf(world.github, work.chooseRepository('acme/shop'));
  };
  expect((await asked(['acme/*'])).message).toContain(`authorizes it at ${signOnUrl}`);
  expect((await asked(['else/*'])).message).not.toMatch(/sign-on|sso/i);
});

test('a limit of GitHub is waited out where it is short, and told where it is not', async () => {
  const world = await startGithub();
  world.github.state.add('acme/shop');
  const { work } = await startPod(onGithub(world, 'asUser'), { choosable: ['acme/*'] });
  const limit = (seconds: number) => {
    let calls = 0;
    const headers = { 'retry-after': String(seconds) };
    world.github.treat = () =>
      (calls += 1) === 1 ? { kind: 'answer', status: 429, message: 'Too many', headers } : undefined;
  };
  limit(1);
  expect(await work.chooseRepository('acme/shop')).toMatchObject({ name: 'acme/shop' });
  limit(600);
  const refusal = await refusalOf(world.github, work.chooseRepository('acme/shop'));
  expect(refusal).toMatchObject({ code: 'forge_unavailable', message: expect.stringContaining('asks to wait 600 s') });
});
