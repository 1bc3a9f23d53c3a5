// A person's own repository on GitHub: made once, and found again by who they are, whatever happens to names.
import { describe, expect, test } from 'vitest';
import { meet, namesIn, ORGANIZATION, refusalOf, startGithub, type GithubWorld } from './github-world.ts';

const ada = { user: 'T1:U1', handle: 'ada' } as const;
const grace = { user: 'T1:U2', handle: 'grace' } as const;

function only({ github }: GithubWorld) {
  const [first, ...others] = github.state.repositories;
  expect(others).toEqual([]);
  return first ?? expect.fail('there is none');
}

describe('is made', () => {
  test('private, with a README, and with a mark that tells no id of Slack', async () => {
    const world = await startGithub();
    const made = await world.asApp().ownRepository(ada);
    const repository = only(world);
    expect(made).toEqual({
      id: String(repository.id),
      name: `${ORGANIZATION}/ada`,
      url: `${world.github.url}/${ORGANIZATION}/ada.git`,
      defaultBranch: 'main',
      mayPush: true,
      ownedBy: repository.topics,
    });
    expect(repository).toMatchObject({ isPrivate: true, topics: [expect.stringMatching(/^runnel-[0-9a-f]{20}$/)] });
    const [create] = world.github.calls.filter(({ operation }) => operation === 'repos/create-in-org');
    expect(create?.body).toMatchObject({ auto_init: true, private: true });
    expect(create?.body['description']).toContain(repository.topics[0]);
    expect(JSON.stringify(create?.body)).not.toMatch(/T1|U1/);
  });

  test('under the next name where others have it', async () => {
    const { github, asUser } = await startGithub();
    for (const name of ['ada', 'ADA-2']) github.state.add(`${ORGANIZATION}/${name}`);
    expect((await asUser().ownRepository(ada)).name).toBe(`${ORGANIZATION}/ada-3`);
    expect((await asUser().ownRepository({ user: 'T2:U1', handle: 'ada' })).name).toBe(`${ORGANIZATION}/ada-4`);
  });

  test('from a template, and given out when what is in it has come', async () => {
    const world = await startGithub();
    const { github } = world;
    github.state.add('acme/start', { isTemplate: true, defaultBranch: 'trunk' });
    const made = await world.asApp({ template: 'acme/start' }).ownRepository(ada);
    expect(made).toMatchObject({ name: `${ORGANIZATION}/ada`, defaultBranch: 'trunk' });
    expect(github.state.at(made.name)).toMatchObject({ isPrivate: true, looksUntilFilled: -1 });
    expect(github.count('repos/create-in-org')).toBe(0);
    expect(await world.asApp({ template: 'acme/start' }).ownRepository(ada)).toEqual(made);
    // Whoever has the same handle.
    const other = await world.asApp({ template: 'acme/start' }).ownRepository({ ...grace, handle: 'ada' });
    expect(other.name).toBe(`${ORGANIZATION}/ada-2`);
  });

  test('from no template that is not there', async () => {
    const { github, asUser } = await startGithub();
    const refusal = await refusalOf(github, asUser({ template: 'acme/start' }).ownRepository(ada));
    expect(refusal.code).toBe('repository_unknown');
    expect(refusal.message).toContain('GitHub has not the template acme/start');
    expect(namesIn(github)).toEqual([]);
  });

  test('not where the App may not, and says so', async () => {
    const { github, asApp } = await startGithub();
    github.state.permissions = { contents: 'write', metadata: 'read' };
    const refusal = await refusalOf(github, asApp().ownRepository(ada));
    expect(refusal.code).toBe('repository_refused');
    expect(refusal.message).toContain(
      `GitHub refuses the organization ${ORGANIZATION} to Runnel: Resource not accessible by integration`,
    );
  });

  test('once, when the answer was lost', async () => {
    const world = await startGithub();
    let lost = 0;
    world.github.treat = ({ operation }) =>
      operation === 'repos/create-in-org' && (lost += 1) === 1 ? { kind: 'lose' } : undefined;
    const made = await world.asUser().ownRepository(ada);
    expect(made.id).toBe(String(only(world).id));
    expect(lost).toBe(2);
  });

  test('once by two runners under one handle', async () => {
    const world = await startGithub();
    meet(world.github, 'repos/create-in-org', 2);
    const [one, other] = await Promise.all([world.asUser(), world.asApp()].map((forge) => forge.ownRepository(ada)));
    expect(one).toEqual(other);
    expect(one?.id).toBe(String(only(world).id));
  });

  test('by two runners under two handles and ends with the first one', async () => {
    const world = await startGithub();
    const { github } = world;
    meet(github, 'repos/create-in-org', 2);
    const handles = ['ada', 'lovelace'];
    const asked = handles.map((handle) => world.asUser().ownRepository({ ...ada, handle }));
    const [one, other] = await Promise.all(asked);
    expect(one).toEqual(other);
    const [first, second] = github.state.repositories;
    expect(one?.id).toBe(String(first?.id));
    expect(second?.description).toContain('may be deleted');
    for (const handle of handles) {
      expect((await world.asUser().ownRepository({ ...ada, handle })).id).toBe(one?.id);
    }
  });
});

describe('is found', () => {
  test('by one call, where it is called as it was', async () => {
    const { github, asUser } = await startGithub();
    const made = await asUser().ownRepository(ada);
    github.calls.length = 0;
    expect(await asUser().ownRepository(ada)).toEqual(made);
    expect(github.calls.map(({ operation }) => operation)).toEqual(['repos/get']);
  });

  test('when it was renamed, when the handle changed, and when both did', async () => {
    const world = await startGithub();
    const { id } = await world.asUser().ownRepository(ada);
    world.github.state.move(only(world), `${ORGANIZATION}/work`);
    expect(await world.asUser().ownRepository(ada)).toMatchObject({ id, name: `${ORGANIZATION}/work` });
    const renamed = { ...ada, handle: 'countess' };
    expect(await world.asApp().ownRepository(renamed)).toMatchObject({ id, name: `${ORGANIZATION}/work` });
    expect(only(world).id).toBe(Number(id));
  });

  test('when it was handed to somebody else', async () => {
    const world = await startGithub();
    const { id } = await world.asUser().ownRepository(ada);
    world.github.state.move(only(world), 'globex/ada');
    expect(await world.asUser().ownRepository(ada)).toMatchObject({ id, name: 'globex/ada' });
  });

  test('when somebody else has its old name', async () => {
    const world = await startGithub();
    const { id } = await world.asUser().ownRepository(ada);
    world.github.state.move(only(world), `${ORGANIZATION}/work`);
    const other = await world.asUser().ownRepository({ ...grace, handle: 'ada' });
    expect(other.name).toBe(`${ORGANIZATION}/ada`);
    expect(await world.asUser().ownRepository(ada)).toMatchObject({ id, name: `${ORGANIZATION}/work` });
  });

  test.each(['description', 'topics'])('when the person wrote their own %s', async (which) => {
    const world = await startGithub();
    const { id } = await world.asUser().ownRepository(ada);
    const repository = only(world);
    if (which === 'description') repository.description = 'My own words';
    else repository.topics = ['mine'];
    expect((await world.asUser().ownRepository(ada)).id).toBe(id);
    expect(repository.topics).toEqual(
      which === 'description' ? [expect.stringMatching(/^runnel-/)] : ['mine', expect.stringMatching(/^runnel-/)],
    );
    if (which === 'description') expect(repository.description).toBe('My own words');
  });

  test('though its topics may not be changed', async () => {
    const world = await startGithub();
    world.github.treat = ({ operation }) =>
      operation === 'repos/replace-all-topics'
        ? { kind: 'answer', status: 403, message: 'Must have admin rights to Repository.' }
        : undefined;
    const { id } = await world.asUser().ownRepository(ada);
    expect((await world.asUser().ownRepository({ ...ada, handle: 'other' })).id).toBe(id);
  });

  test('among hundreds', async () => {
    const world = await startGithub();
    const { id } = await world.asUser().ownRepository(ada);
    for (let number = 0; number < 250; number += 1) world.github.state.add(`${ORGANIZATION}/r${number}`);
    expect((await world.asUser().ownRepository({ ...ada, handle: 'countess' })).id).toBe(id);
    expect(world.github.count('repos/list-for-org')).toBeGreaterThanOrEqual(3);
  });

  test('and no fork of it, which has its description', async () => {
    const world = await startGithub();
    const { id } = await world.asUser().ownRepository(ada);
    const { description } = only(world);
    world.github.state.move(only(world), `${ORGANIZATION}/work`);
    world.github.state.add(`${ORGANIZATION}/ada`, { isFork: true, description });
    expect((await world.asUser().ownRepository(ada)).id).toBe(id);
  });
});
