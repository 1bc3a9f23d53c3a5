// What every forge promises, run by each adapter's own test.
import type { UserKey } from '@runnel/shared';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Forge, PullRequestDraft, Repository } from './forge.ts';
import { ownerMark } from './owner-mark.ts';

export type ForgeUnderTest = {
  readonly forge: Forge;
  /** The same far end, as the next runner would speak to it. */
  another(): Forge;
  /** One whose far end does not answer. */
  away(): Forge;
  /** Makes a repository that is nobody's own; resolves to its name. */
  common(): Promise<string>;
  /** Pushes these branches, each with a commit of its own, with what the forge's credential allows. */
  push(repository: Repository, branches: readonly string[]): Promise<void>;
};

let people = 0;

export function describeForge(name: string, create: () => Promise<ForgeUnderTest>): void {
  describe(`the ${name} forge`, () => {
    let under: ForgeUnderTest;
    let forge: Forge;
    let user: UserKey;
    beforeEach(async () => {
      under = await create();
      ({ forge } = under);
      user = `T1:U${(people += 1)}`;
    });

    test("makes a person's own repository once, and finds it again whatever they are called now", async () => {
      const made = await forge.ownRepository({ user, handle: 'ada' });
      expect(made).toMatchObject({ name: expect.stringMatching(/^[^/]+\/ada/), mayPush: true });
      expect(made.defaultBranch).not.toBe('');
      expect(await under.another().ownRepository({ user, handle: 'lovelace' })).toMatchObject({ id: made.id });
    });

    test('two who ask at once get the one repository', async () => {
      const asked = [forge, under.another(), forge].map((one) => one.ownRepository({ user, handle: 'ada' }));
      const ids = (await Promise.all(asked)).map(({ id }) => id);
      expect(new Set(ids).size).toBe(1);
    });

    test('two people of the same handle have one each', async () => {
      const one = await forge.ownRepository({ user, handle: 'ada' });
      const other = await forge.ownRepository({ user: `${user}B`, handle: 'ada' });
      expect(other.id).not.toBe(one.id);
      expect(other.name).not.toBe(one.name);
    });

    test('a handle that is no name for a repository makes one all the same', async () => {
      const made = await forge.ownRepository({ user, handle: '../Ünï cöde/-rf' });
      expect(made.name).toMatch(/^[\w.-]+\/\w[\w.-]*$/);
    });

    test('finds one by its name', async () => {
      const made = await forge.ownRepository({ user, handle: 'ada' });
      expect(await under.another().findRepository(made.name)).toEqual(made);
    });

    test('says whose own one is, to whoever finds it by its name, and that another one is nobody’s', async () => {
      const made = await forge.ownRepository({ user, handle: 'ada' });
      expect(made.ownedBy).toEqual([ownerMark(user)]);
      expect((await under.another().findRepository(made.name)).ownedBy).toEqual([ownerMark(user)]);
      expect(ownerMark(`${user}B`)).not.toBe(ownerMark(user));
      expect(await forge.findRepository(await under.common())).toMatchObject({ ownedBy: [] });
    });

    test.each(['nobody/nothing', 'nothing', '', '../../etc', 'a/b/c/d'])('says that %j is unknown', async (wrong) => {
      await expect(forge.findRepository(wrong)).rejects.toMatchObject({ code: 'repository_unknown' });
    });

    test('a credential is never in the address', async () => {
      const repository = await forge.ownRepository({ user, handle: 'ada' });
      const { username, password } = new URL(repository.url);
      expect([username, password]).toEqual(['', '']);
      const credential = await forge.credential(repository);
      if (credential !== undefined) expect(JSON.stringify(repository)).not.toContain(credential.password);
    });

    test('opens one pull request for a branch, however often it is asked', async () => {
      const repository = await ownWithBranches(['main', 'runnel/one', 'runnel/two']);
      const asked = [forge, under.another()].map((one) => one.openPullRequest(draft(repository, 'runnel/one')));
      const [first, second] = await Promise.all(asked);
      expect(second).toEqual(first);
      expect(await forge.openPullRequest(draft(repository, 'runnel/one'))).toEqual(first);
      expect(first?.url).toMatch(/^https?:/);
      expect(await forge.openPullRequest(draft(repository, 'runnel/two'))).not.toEqual(first);
    });

    test('opens none onto a branch that is not there', async () => {
      const repository = await ownWithBranches(['main', 'runnel/one']);
      const opening = forge.openPullRequest({ ...draft(repository, 'runnel/one'), base: 'gone' });
      await expect(opening).rejects.toMatchObject({ code: 'repository_refused' });
    });

    test('says that it does not answer, and that later may help', async () => {
      const away = under.away();
      const calls = [away.ownRepository({ user, handle: 'ada' }), away.findRepository('ada/ada')];
      const unavailable = { code: 'forge_unavailable', retry: { kind: 'retryable' } };
      await Promise.all(calls.map((call) => expect(call).rejects.toMatchObject(unavailable)));
    });

    async function ownWithBranches(branches: readonly string[]): Promise<Repository> {
      const repository = await forge.ownRepository({ user, handle: 'ada' });
      await under.push(repository, branches);
      return repository;
    }
  });
}

function draft(repository: Repository, branch: string): PullRequestDraft {
  return { repository, branch, base: 'main', title: 'Add a test', body: 'Asked for in *Slack*.' };
}
