// Mirrors that end before the beginning of a repository, by real git over smart HTTP: nothing a thread stands on is lost by it.
import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archiveFiles } from '@runnel/runner/serving';
import { expect, test } from 'vitest';
import { branchOf, openWorkspaceStage } from './workspace-stage.ts';

const never = new AbortController().signal;
// In pieces, so that this file itself is clean.
const secret = ['ghp', '_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

async function openStage(depth: number) {
  const stage = await openWorkspaceStage({ depth });
  const mirrorGit = async (...args: string[]): Promise<string> => {
    const mirrors = join(stage.home, 'mirrors');
    const [name = ''] = await readdir(mirrors);
    return (await promisify(execFile)('git', ['--git-dir', join(mirrors, name), ...args])).stdout.trim();
  };
  return {
    ...stage,
    get work() {
      return stage.work;
    },
    mirrorGit,
    /** So many commits more on that branch of the forge, each tagged with its number of all. */
    async grow(branch: string, commits: number): Promise<void> {
      for (let n = 0; n < commits; n += 1) {
        const tree = `${branch}^{tree}`;
        const who = ['-c', 'user.name=Other', '-c', 'user.email=other@example.com'];
        const id = await stage.forgeGit(...who, 'commit-tree', '-p', branch, '-m', `More ${n}`, tree);
        await stage.forgeGit('update-ref', `refs/heads/${branch}`, id.trim());
        const count = (await stage.forgeGit('rev-list', '--count', branch)).trim();
        await stage.forgeGit('tag', `${branch}-${count}`, branch);
      }
    },
    isCut: async () => (await mirrorGit('rev-parse', '--is-shallow-repository')) === 'true',
  };
}

test('a thread sees so many commits, no tags and all files; it borrows, commits and pushes as ever', async () => {
  const stage = await openStage(3);
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.grow('main', 9);
  const one = await stage.begin('1.0');
  const told = async (...args: string[]): Promise<string> => (await one.git(...args)).trim();
  expect(await told('rev-list', '--count', 'HEAD')).toBe('3');
  expect(await told('tag')).toBe('');
  expect(await readdir(one.files)).toEqual(['.git', 'a.txt']);
  expect(await told('count-objects'), 'all of it is borrowed').toBe('0 objects, 0 kilobytes');
  await writeFile(join(one.files, 'a.txt'), 'mine\n');
  expect(await one.finish('Mine')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
  expect((await stage.forgeGit('rev-list', '--count', branchOf(await one.last()))).trim()).toBe('11');
  await stage.grow('main', 5);
  await stage.begin('2.0');
  expect(await stage.mirrorGit('rev-list', '--count', 'main'), 'what comes later is added').toBe('8');
  await one.git('fetch', '--quiet', 'origin');
  expect(await told('merge-base', 'HEAD', 'origin/main')).toBe((await stage.forgeGit('rev-parse', 'main~5')).trim());
});

test('a thread that has pushed nothing comes back where it was, however far its branch has gone on', async () => {
  const stage = await openStage(2);
  // An old sin of others, which is none of what the thread adds.
  await stage.seed({ 'a.txt': `begin\n${secret}\n` });
  const one = await stage.begin('1.0');
  await one.finish('Nothing');
  const before = await one.git('rev-parse', 'HEAD');
  await stage.grow('main', 5);
  await one.moveToNewPod();
  expect(await one.begin()).toBe('ready');
  expect(await one.git('rev-parse', 'HEAD')).toBe(before);
  expect(await one.git('status', '--porcelain')).toBe('');
  await writeFile(join(one.files, 'b.txt'), 'x\n');
  expect(await one.finish('Change')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
  expect(await stage.isCut(), 'not all was fetched for it').toBe(true);
});

test('what was not pushed stands behind the end while the forge is away: it waits, and comes back with it', async () => {
  const stage = await openStage(1);
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await one.commit('a.txt', 'mine\n');
  await stage.close();
  await one.finish('Not pushed');
  await stage.open();
  await stage.grow('main', 3);
  await one.moveToNewPod();
  // Another thread made the mirror of this pod.
  await stage.begin('2.0');
  await stage.close();
  const away = { code: 'forge_unavailable', retry: { kind: 'retryable' } };
  await expect(one.begin()).rejects.toMatchObject(away);
  await stage.open();
  expect(await one.begin()).toBe('ready');
  expect(await one.git('log', '--format=%s')).toBe('mine\nTheirs\n');
});

test('what others pushed meanwhile is rebased upon, though what it has in common lies behind the end', async () => {
  const stage = await openStage(1);
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'mine\n');
  const branch = branchOf(await one.finish('Mine'));
  await stage.grow(branch, 2);
  await one.commit('a.txt', 'more\n');
  await one.moveToNewPod();
  expect(await one.begin()).toBe('ready');
  await writeFile(join(one.files, 'b.txt'), 'x\n');
  expect(await one.finish('And that')).toMatchObject({ pushed: { kind: 'pushed', rebased: true } });
  const log = await stage.forgeGit('log', '--format=%s', branch);
  expect(log).toBe('And that\nmore\nMore 1\nMore 0\nMine\nTheirs\n');
});

test('a merge that was not pushed comes back with both its sides', async () => {
  const stage = await openStage(2);
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await one.finish('Nothing');
  await stage.pushAsOther('main', { 'theirs.txt': 'x\n' });
  await stage.begin('2.0');
  await one.git('fetch', '--quiet', 'origin');
  await one.git('merge', '--quiet', '--no-ff', '--message=Both', 'origin/main');
  await stage.grow('main', 5);
  await one.moveToNewPod();
  expect(await one.begin()).toBe('ready');
  expect(await one.git('log', '--format=%s')).toBe('Both\nTheirs\nTheirs\n');
  expect(await one.git('status', '--porcelain')).toBe('');
  expect(await one.finish('Push')).toMatchObject({ pushed: { kind: 'pushed' } });
});

test('a change that was made long ago is shown', async () => {
  const stage = await openStage(1);
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'mine\n');
  const work = await one.finish('Mine');
  const range = work?.kind === 'done' ? `${work.before}..${work.head}` : '';
  await stage.grow(branchOf(work), 3);
  await one.moveToNewPod();
  expect(await stage.work.showDiff('T1:D1:1.0', range, never)).toContain('-begin\n+mine');
  expect(await stage.mirrorGit('for-each-ref', 'refs/bases'), 'it may be anything that the forge has').toBe('');
});

test('what a thread began at is not its own where the branches have left it', async () => {
  const stage = await openStage(2);
  await stage.seed({ 'a.txt': `begin\n${secret}\n` });
  await stage.grow('main', 2);
  const one = await stage.begin('1.0');
  await one.finish('Nothing');
  await stage.pushAsOther('main', { 'a.txt': 'anew\n' }, { force: true });
  await stage.begin('2.0');
  await writeFile(join(one.files, 'b.txt'), 'x\n');
  expect(await one.finish('Change')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
});

test('what one thread needs of behind the end hides nothing that another one stands on', async () => {
  const stage = await openStage(2);
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.grow('main', 2);
  const first = await stage.forgeGit('rev-parse', 'main');
  // An old sin of others again.
  await stage.pushAsOther('main', { 'a.txt': `${secret}\n` });
  await stage.grow('main', 2);
  const merged = await stage.forgeGit('rev-parse', 'main');
  await stage.grow('main', 3);
  const one = await stage.begin('1.0');
  await one.finish('Nothing');
  const last = await stage.forgeGit('rev-parse', 'main~1');
  const mainIs = async (id: string): Promise<string> => stage.forgeGit('update-ref', 'refs/heads/main', id.trim());
  await mainIs(first);
  await one.moveToNewPod();
  const two = await stage.begin('2.0');
  await mainIs(merged);
  await stage.begin('3.0');
  await two.git('fetch', '--quiet', 'origin');
  await two.git('merge', '--quiet', '--ff-only', 'origin/main');
  await mainIs(last);
  expect(await one.begin()).toBe('ready');
  await writeFile(join(two.files, 'b.txt'), 'x\n');
  expect(await two.finish('Change')).toMatchObject({ pushed: { kind: 'pushed' } });
  expect(await stage.mirrorGit('rev-list', '--count', 'main'), 'it ends where it ended').toBe('7');
});

test('two threads that come back in a new pod both get what lies behind its end', async () => {
  const stage = await openStage(1);
  await stage.seed({ 'a.txt': 'begin\n' });
  const [one, two] = [await stage.begin('1.0'), await stage.begin('2.0')];
  await stage.pushAsOther('main', { 'b.txt': 'x\n' });
  await stage.begin('3.0');
  for (const thread of [one, two]) {
    await thread.finish('Nothing');
    await thread.git('fetch', '--quiet', 'origin');
    await thread.git('merge', '--quiet', '--no-ff', '--message=Both', 'origin/main');
  }
  await stage.grow('main', 3);
  const saved = `${stage.home}-two.archive`;
  await archiveFiles.pack(two.directory, saved);
  await one.moveToNewPod();
  await mkdir(join(two.files, '..'));
  await archiveFiles.unpack(saved, two.directory);
  const begin = (thread: string, { directory }: typeof one) =>
    stage.work.prepare(`T1:D1:${thread}`, directory, { signal: never });
  expect(await Promise.all([begin('1.0', one), begin('2.0', two)])).toEqual(['ready', 'ready']);
});

test('a mirror that was cut is whole once nothing limits it, and one that is whole stays so', async () => {
  const stage = await openStage(1);
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.grow('main', 3);
  const one = await stage.begin('1.0');
  await one.finish('Nothing');
  expect((await one.git('rev-list', '--count', 'HEAD')).trim()).toBe('1');
  for (const depth of [0, 1]) {
    stage.setDepth(depth);
    one.nextLife();
    await one.begin();
    expect((await one.git('rev-list', '--count', 'HEAD')).trim()).toBe('4');
    expect((await one.git('tag')).trim().split('\n')).toHaveLength(3);
  }
});
