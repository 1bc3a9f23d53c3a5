// The forge on GitHub: the contract of forges as a user and as an App, which repositories it finds, and pull requests.
import { describeForge } from '@runnel/runner/testing';
import { describe, expect, test } from 'vitest';
import { fullNameOf } from './github-state.ts';
import { meet, refusalOf, startGithub, type GithubWorld } from './github-world.ts';

const contract = (as: 'asUser' | 'asApp') => async () => {
  const world = await startGithub();
  return {
    forge: world[as](),
    another: () => world[as](),
    away: () => world[as]({ apiUrl: 'http://127.0.0.1:1' }),
    common: () => Promise.resolve(fullNameOf(world.github.state.add('acme/common'))),
    push: ({ id }: { id: string }, branches: readonly string[]) => {
      const found = world.github.state.repositories.find((one) => String(one.id) === id);
      for (const branch of branches) found?.branches.add(branch);
      return Promise.resolve();
    },
  };
};

describeForge('GitHub, by a token,', contract('asUser'));
describeForge('GitHub, by an App,', contract('asApp'));

describe('a repository that a person names', () => {
  test.each(['acme/app', 'http://HOST/acme/app', 'http://HOST/acme/app/tree/main/src', 'ssh://git@HOST/acme/app.git'])(
    'is found as %s',
    async (text) => {
      const { github, asUser } = await startGithub();
      const { id } = github.state.add('acme/app', { defaultBranch: 'trunk' });
      expect(await asUser().findRepository(text.replace('HOST', new URL(github.url).host))).toEqual({
        id: String(id),
        name: 'acme/app',
        url: `${github.url}/acme/app.git`,
        defaultBranch: 'trunk',
        mayPush: true,
        ownedBy: [],
      });
    },
  );

  test.each(['asUser', 'asApp'] as const)('is found when it was renamed and handed over (%s)', async (as) => {
    const world = await startGithub();
    const app = world.github.state.add('acme/app');
    world.github.state.move(app, 'acme/application');
    world.github.state.move(app, 'globex/application');
    const expected = { id: String(app.id), name: 'globex/application' };
    expect(await world[as]().findRepository('acme/app')).toMatchObject(expected);
    expect(await world[as]().findRepository('acme/application')).toMatchObject(expected);
  });

  test('and is not there, or not to be seen, is unknown', async () => {
    const { github, asUser, asApp } = await startGithub();
    github.state.add('acme/app', { isInstalled: false });
    const refusals = [asUser().findRepository('acme/none'), asApp().findRepository('acme/app')];
    for (const refusal of await Promise.all(refusals.map((call) => refusalOf(github, call)))) {
      expect(refusal.code).toBe('repository_unknown');
      expect(refusal.message).toMatch(/GitHub has not the repository acme\/(none|app), or does not show it to Runnel/);
    }
  });

  test('by an address with a token in it is not repeated', async () => {
    const { github, asUser } = await startGithub();
    const text = `https://ada:${github.state.userToken}@example.com/acme/app`;
    const refusal = await refusalOf(github, asUser().findRepository(text));
    expect(refusal.code).toBe('repository_unknown');
    expect(refusal.message).toContain('write owner/name');
    expect(github.calls).toEqual([]);
  });

  test('behind a single sign-on is refused with where to authorize', async () => {
    const { github, asUser } = await startGithub();
    const signOnUrl = 'https://github.com/orgs/acme/sso?authorization_request=AZSC';
    github.state.add('acme/app', { signOnUrl });
    const refusal = await refusalOf(github, asUser().findRepository('acme/app'));
    expect(refusal.code).toBe('repository_refused');
    expect(refusal.message).toContain('single sign-on');
    expect(refusal.message).toContain(`authorizes it at ${signOnUrl}`);
  });

  test('may be read and not pushed to', async () => {
    const { github, asUser } = await startGithub();
    github.state.add('acme/old', { isArchived: true });
    github.state.add('acme/other', { mayPush: false });
    const archived = { mayPush: false, readOnly: 'it is archived' };
    expect(await asUser().findRepository('acme/old')).toMatchObject(archived);
    expect(await asUser().findRepository('acme/other')).toMatchObject({ mayPush: false });
  });

  test('may be pushed to by an App that has the right, whatever GitHub says of users', async () => {
    const { github, asApp } = await startGithub();
    github.state.add('acme/app');
    github.state.add('acme/old', { isArchived: true });
    github.state.add('acme/public', { isPrivate: false, isInstalled: false });
    const mayPush = async (name: string) => (await asApp().findRepository(name)).mayPush;
    expect(await mayPush('acme/app')).toBe(true);
    expect(await mayPush('acme/old')).toBe(false);
    expect(await mayPush('acme/public')).toBe(false);
    github.state.permissions = { contents: 'read', metadata: 'read' };
    expect(await mayPush('acme/app')).toBe(false);
  });
});

describe('a pull request', () => {
  const draft = { branch: 'runnel/one', base: 'main', title: 'Add a test', body: 'As *asked*.' };

  async function withBranch(world: GithubWorld) {
    const app = world.github.state.add('acme/app', { branches: new Set(['main', 'runnel/one']) });
    return { app, repository: await world.asUser().findRepository('acme/app') };
  }

  test.each(['asUser', 'asApp'] as const)('has the title and the text of its draft (%s)', async (as) => {
    const world = await startGithub();
    const { app, repository } = await withBranch(world);
    const made = await world[as]().openPullRequest({ repository, ...draft });
    expect(made).toEqual({ number: 1, url: `${world.github.url}/acme/app/pull/1` });
    expect(app.pulls).toEqual([{ ...draft, number: 1, state: 'open' }]);
  });

  test('is one for two who press at once', async () => {
    const world = await startGithub();
    const { app, repository } = await withBranch(world);
    meet(world.github, 'pulls/create', 2);
    const asked = [world.asUser(), world.asApp()].map((forge) => forge.openPullRequest({ repository, ...draft }));
    const [first, second] = await Promise.all(asked);
    expect(first).toEqual(second);
    expect(app.pulls).toHaveLength(1);
    expect(world.github.count('pulls/create')).toBe(2);
  });

  test('whose answer was lost is one', async () => {
    const world = await startGithub();
    const { app, repository } = await withBranch(world);
    let lost = 0;
    world.github.treat = ({ operation }) =>
      operation === 'pulls/create' && (lost += 1) === 1 ? { kind: 'lose' } : undefined;
    expect(await world.asUser().openPullRequest({ repository, ...draft })).toMatchObject({ number: 1 });
    expect(lost).toBe(2);
    expect(app.pulls).toHaveLength(1);
  });

  test('that was closed is not taken for an open one', async () => {
    const world = await startGithub();
    const { app, repository } = await withBranch(world);
    await world.asUser().openPullRequest({ repository, ...draft });
    for (const pull of app.pulls) pull.state = 'closed';
    expect(await world.asUser().openPullRequest({ repository, ...draft })).toMatchObject({ number: 2 });
  });

  test('goes to where the repository is now', async () => {
    const world = await startGithub();
    const { app, repository } = await withBranch(world);
    world.github.state.move(app, 'globex/application');
    const first = await world.asUser().openPullRequest({ repository, ...draft });
    expect(first.url).toBe(`${world.github.url}/globex/application/pull/1`);
    expect(await world.asUser().openPullRequest({ repository, ...draft })).toEqual(first);
    expect(app.pulls).toHaveLength(1);
  });

  test('that GitHub does not open is refused in its words', async () => {
    const world = await startGithub();
    const { app, repository } = await withBranch(world);
    const open = (branch: string, forge = world.asUser()) =>
      refusalOf(world.github, forge.openPullRequest({ repository, ...draft, branch }));
    expect(await open('main')).toMatchObject({
      code: 'repository_refused',
      message: expect.stringContaining('Validation Failed: No commits between main and main'),
    });
    expect((await open('runnel/none')).message).toContain('Validation Failed: head invalid');
    world.github.state.permissions = { contents: 'write', metadata: 'read' };
    expect((await open('runnel/one', world.asApp())).message).toContain(
      'GitHub refuses a pull request in acme/app to Runnel: Resource not accessible by integration',
    );
    app.isArchived = true;
    expect((await open('runnel/one')).message).toContain('Repository was archived so is read-only.');
  });
});
