// A thread that works in a repository which its person chose: what every forge must bring about, with real git.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { workspaces, type WorkspaceParts, type Workspaces } from '@runnel/runner/serving';
import type { SessionKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

export type ForgeWorld = {
  readonly forge: WorkspaceParts['forge'];
  /** A repository that is nobody's own, with a commit on each of those branches; resolves to its name. */
  add(name: string, branches: readonly string[]): Promise<string>;
  /** Of the repository with that name, in which git is run. */
  git(name: string, ...args: string[]): Promise<string>;
  /** Into which branches pull requests were asked for. */
  bases(name: string): Promise<string[]>;
  /** All that there are. */
  names(): Promise<string[]>;
};

const never = new AbortController().signal;
const SESSION: SessionKey = 'T1:D1:1.0';

type Wanted = NonNullable<Parameters<Workspaces['prepare']>[2]['wanted']>;

export function describeChosenRepositories(forgeName: string, create: () => Promise<ForgeWorld>): void {
  describe(`on ${forgeName}, a repository that is chosen`, () => {
    let world: ForgeWorld;
    let shop: string;
    let owner: string;
    beforeEach(async () => {
      world = await create();
      shop = await world.add('shop', ['main', 'release']);
      owner = shop.split('/')[0] ?? '';
    });

    test('is where the thread begins, at the branch that was asked for, and so is its pull request', async () => {
      const pod = await startPod(world, { choosable: [`${owner}/*`] });
      expect(await pod.prepare({ repository: shop, branch: 'release' })).toBe('ready');
      const branch = await pod.change('a.txt');
      expect(await world.git(shop, 'log', '--format=%s', branch)).toBe('Change\nBegin release of shop\n');
      await pod.work.openPullRequest(SESSION);
      expect(await world.bases(shop)).toEqual(['release']);
      expect(await world.names(), 'none of their own is made for that').toEqual([shop]);
    });

    test('may be a branch alone, of the repository where they work anyway', async () => {
      const pod = await startPod(world, { repository: shop });
      await pod.prepare({ branch: 'release' });
      const branch = await pod.change('a.txt');
      expect(await world.git(shop, 'log', '--format=%s', branch)).toBe('Change\nBegin release of shop\n');
      const other = await startPod(world, { repository: shop });
      await other.prepare({ branch: 'main' });
      await other.change('b.txt');
      await other.work.openPullRequest(SESSION);
      expect(await world.bases(shop), 'the default branch is what it is by then').toEqual(['main']);
      expect(other.work.record(SESSION)).not.toHaveProperty('baseBranch');
    });

    test('stays the one of its thread, whatever is said later, in the next pod too', async () => {
      const barn = await world.add('barn', ['main']);
      const pod = await startPod(world, { choosable: [`${owner}/*`] });
      await pod.prepare({ repository: shop, branch: 'release' });
      const branch = await pod.change('a.txt');
      const next = await startPod(world, { choosable: [] }, pod);
      expect(await next.prepare({ repository: barn, branch: 'none' })).toBe('ready');
      expect(await next.change('b.txt')).toBe(branch);
      expect(await world.git(shop, 'log', '--format=%s', branch)).toBe('Change\nChange\nBegin release of shop\n');
    });

    test('and has lost the branch that the thread stood on, goes on from the branch that was asked for', async () => {
      const pod = await startPod(world, { choosable: [shop] });
      await pod.prepare({ repository: shop, branch: 'release' });
      const branch = await pod.change('a.txt');
      await world.git(shop, 'update-ref', '-d', `refs/heads/${branch}`);
      await world.git(shop, 'gc', '--quiet', '--prune=now');
      await rm(join(pod.files, '.git'), { recursive: true });
      const began = pod.work.record(SESSION) ?? expect.fail('there is no record');
      const record = { ...began, base: '1'.repeat(40) };
      const next = await startPod(
        world,
        { choosable: [shop] },
        { ...pod, work: { ...pod.work, record: () => record } },
      );
      expect(await next.prepare()).toBe('repaired');
      await next.change('b.txt');
      expect(await world.git(shop, 'log', '--format=%s', branch)).toBe('Change\nBegin release of shop\n');
    });

    test('is found to be one that may be chosen, at once', async () => {
      const { work } = await startPod(world, { choosable: [shop.toUpperCase()] });
      expect(await work.chooseRepository(` ${shop} `.trim())).toMatchObject({ name: shop, mayPush: true });
      const own = await world.forge.ownRepository({ user: 'T1:U1', handle: 'ada' });
      expect(await work.chooseRepository(own.name), 'their own always').toMatchObject({ id: own.id });
      const everybody = await startPod(world, { repository: shop });
      expect(await everybody.work.chooseRepository(shop)).toMatchObject({ name: shop });
    });

    test('is refused where nobody has named it, in the same words whether it is there or not', async () => {
      const { work, prepare } = await startPod(world, { choosable: ['else/one', 'more/*'] });
      const grace = await world.forge.ownRepository({ user: 'T1:U2', handle: 'grace' });
      const refused = {
        code: 'repository_refused',
        message: expect.stringContaining('of else/one, more/*: write owner/name'),
      };
      for (const name of [shop, `${owner}/nothing`, grace.name, 'nothing', '']) {
        await expect(work.chooseRepository(name), name).rejects.toMatchObject(refused);
      }
      await expect(prepare({ repository: shop })).rejects.toMatchObject(refused);
      expect(work.record(SESSION), 'nothing has begun').toBeUndefined();
      const alone = await startPod(world, {});
      const but = { message: expect.stringContaining('no repository but your own') };
      await expect(alone.work.chooseRepository(shop)).rejects.toMatchObject(but);
    });

    test("is refused where it is somebody else's own, whatever was named", async () => {
      const grace = await world.forge.ownRepository({ user: 'T1:U2', handle: 'grace' });
      const all = `${grace.name.split('/')[0]}/*`;
      for (const choosable of [[all], [grace.name], [grace.name, all]]) {
        const { work, prepare } = await startPod(world, { choosable });
        const message = expect.stringContaining(`${grace.name} is another person's own`);
        await expect(work.chooseRepository(grace.name)).rejects.toMatchObject({ code: 'repository_refused', message });
        await expect(prepare({ repository: grace.name })).rejects.toMatchObject({ code: 'repository_refused' });
      }
    });

    test('is unknown where it might have been chosen and is not there', async () => {
      const { work } = await startPod(world, { choosable: [`${owner}/*`] });
      await expect(work.chooseRepository(`${owner}/nothing`)).rejects.toMatchObject({ code: 'repository_unknown' });
    });

    test.each(['none', 'main~0', 'HEAD', '../main', '-q', ''])(
      'has no branch %j: it is told some that are there, and nothing begins',
      async (branch) => {
        const { work, prepare } = await startPod(world, { choosable: [shop] });
        const message = expect.stringMatching(
          /shop has no branch of that name\. It has (main, release|release, main)\./,
        );
        await expect(prepare({ repository: shop, branch })).rejects.toMatchObject({ code: 'branch_unknown', message });
        expect(work.record(SESSION)).toBeUndefined();
        expect(await prepare({ repository: shop })).toBe('ready');
      },
    );

    test('and is empty has no branch to begin at', async () => {
      const empty = await world.add('empty', []);
      const { prepare } = await startPod(world, { choosable: [empty] });
      const message = expect.stringContaining('It has none yet.');
      await expect(prepare({ repository: empty, branch: 'release' })).rejects.toMatchObject({ message });
      expect(await prepare({ repository: empty })).toBe('ready');
    });
  });
}

type Allowed = Partial<Pick<WorkspaceParts, 'repository' | 'choosable'>>;
type Before = { readonly files: string; readonly work: Pick<Workspaces, 'record'> };

/** A runner of Ada's in a pod of its own, with the record and the files of what was before. */
export async function startPod({ forge }: ForgeWorld, allowed: Allowed, before?: Before) {
  const home = await mkdtemp(join(tmpdir(), 'runnel-chosen-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const directory = { files: join(home, 'files'), state: join(home, 'state') };
  for (const folder of Object.values(directory)) await mkdir(folder);
  if (before !== undefined) await cp(before.files, directory.files, { recursive: true });
  const record = before?.work.record(SESSION);
  const work = workspaces({
    user: 'T1:U1',
    forge,
    findPerson: () => Promise.resolve({ handle: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' }),
    repository: '',
    choosable: [],
    depth: 0,
    ...allowed,
    path: process.env['PATH'] ?? '',
    home,
    log: createLogger('test', 'silent'),
    mayPush: () => Promise.resolve(true),
    manifest: { session: () => ({ provider: 'shell', covered: [], updatedAt: 0, work: record }) },
  });
  const finish = async (file: string) => {
    await writeFile(join(directory.files, file), 'x\n');
    return work.finish({ session: SESSION, title: 'Change', reply: 'Done.', agent: 'shell' }, never);
  };
  return {
    work,
    files: directory.files,
    prepare: (wanted?: Wanted) => work.prepare(SESSION, directory, { signal: never, wanted }),
    finish,
    /** Commits and pushes that; resolves to the branch. */
    async change(file: string): Promise<string> {
      const end = await finish(file);
      expect(end).toMatchObject({ kind: 'done', pushed: { kind: 'pushed' } });
      return end?.kind === 'done' ? end.branch : '';
    },
  };
}
