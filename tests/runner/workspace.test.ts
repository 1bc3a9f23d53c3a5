// The checkouts of a runner on real repositories, over git's smart HTTP: what a turn leaves, and where it goes.
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { branchOf, openWorkspaceStage as openStage, TOKEN } from './workspace-stage.ts';

const run = promisify(execFile);
const never = new AbortController().signal;
// In pieces, so that this file itself is clean.
const secret = ['ghp', '_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');

test('what a turn changed is a commit of the person on a branch of the thread, and on the forge', async () => {
  const stage = await openStage();
  await stage.seed({ 'README.md': 'hello\n' });
  const one = await stage.begin('1.0');
  expect(await readdir(one.files)).toEqual(['.git', 'README.md']);
  await writeFile(join(one.files, 'a.txt'), 'x\ny\n');
  const work = await one.finish('Add a file');
  const changes = { files: 1, added: 2, removed: 0 };
  expect(work).toMatchObject({ kind: 'done', changes, pushed: { kind: 'pushed' }, repository: 'people/ada' });
  const branch = work?.kind === 'done' ? work.branch : '';
  expect(branch).toMatch(/^runnel\/[0-9a-f]{8}$/);
  const log = await stage.forgeGit('log', '-1', '--format=%an <%ae>%n%cn%n%B', branch);
  expect(log).toContain('Ada Lovelace <ada@example.com>\nAda Lovelace\nAdd a file');
  expect(log).toContain('Co-authored-by: Runnel (shell)');
  expect(await stage.forgeGit('show', `${branch}:a.txt`)).toBe('x\ny\n');
  expect(await one.finish('Nothing'), 'nothing changed').toBeUndefined();
});

test('two threads change the same file on two branches, and neither sees the other', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const [one, two] = await Promise.all([stage.begin('1.0'), stage.begin('2.0')]);
  await Promise.all([writeFile(join(one.files, 'a.txt'), 'one\n'), writeFile(join(two.files, 'a.txt'), 'two\n')]);
  const [first, second] = await Promise.all([one.finish('One'), two.finish('Two')]);
  expect(first).toMatchObject({ pushed: { kind: 'pushed' } });
  expect(second).toMatchObject({ pushed: { kind: 'pushed' } });
  expect(await stage.forgeGit('show', `${branchOf(first)}:a.txt`)).toBe('one\n');
  expect(await stage.forgeGit('show', `${branchOf(second)}:a.txt`)).toBe('two\n');
});

test('an empty repository works, and gets a default branch to ask a pull of', async () => {
  const stage = await openStage();
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  expect(await one.finish('First')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
  expect((await stage.forgeGit('branch', '--list', '--format=%(refname:short)')).split('\n')).toContain('main');
  const [pull, again] = await Promise.all([
    stage.work.openPullRequest('T1:D1:1.0'),
    stage.work.openPullRequest('T1:D1:1.0'),
  ]);
  expect(pull).toEqual(again);
});

test('a secret stops the commit, and a secret in a commit of the agent stops the push', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), `begin\n\ntoken=${secret}\n`);
  const found = [{ path: 'a.txt', line: 3 }];
  expect(await one.finish('Token')).toMatchObject({ kind: 'secret', found });
  await one.git('commit', '-qam', 'Token');
  await writeFile(join(one.files, 'a.txt'), 'begin\n');
  expect(await one.finish('No token')).toMatchObject({ pushed: { kind: 'secret', found } });
  expect(await stage.forgeGit('branch', '--list', 'runnel/*')).toBe('');
  expect(await stage.forgeGit('cat-file', '--batch-check', '--batch-all-objects')).toMatch(/^(.*\n){3}$/);
});

test('what somebody else pushed to the branch is rebased upon, and never written over', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'mine.txt'), 'x\n');
  const branch = branchOf(await one.finish('Mine'));
  const theirs = await stage.pushAsOther(branch, { 'theirs.txt': 'y\n' });
  await writeFile(join(one.files, 'mine.txt'), 'xx\n');
  expect(await one.finish('Mine again')).toMatchObject({ pushed: { kind: 'pushed', rebased: true } });
  expect(await stage.forgeGit('log', '--format=%H', branch)).toContain(theirs);
  expect(await readdir(one.files)).toEqual(['.git', 'a.txt', 'mine.txt', 'theirs.txt']);
  const other = await stage.pushAsOther(branch, { 'mine.txt': 'theirs\n' });
  await writeFile(join(one.files, 'mine.txt'), 'xxx\n');
  expect(await one.finish('Conflict')).toMatchObject({ pushed: { kind: 'conflict', paths: ['mine.txt'] } });
  expect(await readFile(join(one.files, 'mine.txt'), 'utf8')).toBe('xxx\n');
  expect((await stage.forgeGit('rev-parse', branch)).trim()).toBe(other);
});

test('a forge that is away costs nothing: the next turn pushes what waits', async () => {
  const stage = await openStage();
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  await stage.close();
  expect(await one.finish('First')).toMatchObject({ pushed: { kind: 'away' } });
  await stage.open();
  expect(await one.finish('Nothing more')).toMatchObject({ pushed: { kind: 'pushed' } });
  expect(await stage.forgeGit('log', '--format=%s', branchOf(await one.last()))).toBe('First\nBegin\n');
});

test('a thread that begins waits for a forge that is away; one that goes on works with what was fetched last', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.close();
  const beginning = stage.begin('1.0');
  beginning.catch(() => undefined);
  await expect.poll(() => stage.asked()).toBeGreaterThan(1);
  await stage.open();
  const one = await beginning;
  expect(await readdir(one.files)).toEqual(['.git', 'a.txt']);
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  await one.finish('Change');
  await stage.close();
  one.nextLife();
  expect(await one.begin()).toBe('stale');
  await stage.open();
  await writeFile(join(one.files, 'a.txt'), 'xx\n');
  expect(await one.finish('Again')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
});

test('a runner that has lost its lease pushes nothing', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'end\n');
  stage.loseLease();
  expect(await one.finish('Change')).toMatchObject({ pushed: { kind: 'away' } });
  expect(await stage.forgeGit('branch', '--list', 'runnel/*')).toBe('');
});

test('a branch that a hook protects: its words are passed on, and the work is kept', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await stage.protect('no robots here');
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  expect(await one.finish('Change')).toMatchObject({
    pushed: { kind: 'refused', why: expect.stringContaining('no robots here') },
  });
});

test('without rights to push it says so, and the work is kept', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.forbidPushes();
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  expect(await one.finish('Change')).toMatchObject({
    pushed: { kind: 'refused', why: 'Runnel may not push to people/ada' },
  });
  expect(await one.git('log', '-1', '--format=%s')).toBe('Change\n');
});

test('odd repositories: a file called -rf, a link that leads out, a submodule, a pointer of LFS', async () => {
  const stage = await openStage();
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';
  await stage.seed(
    { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'big.bin': pointer },
    async (folder) => {
      await run('git', ['-C', folder, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`]);
      await writeFile(
        join(folder, '.gitmodules'),
        '[submodule "module"]\n\tpath = module\n\turl = https://example.invalid/x.git\n',
      );
      await run('git', ['-C', folder, 'add', '.gitmodules']);
    },
  );
  const one = await stage.begin('1.0');
  expect(await one.begin()).toBe('partial');
  expect(await readFile(join(one.files, 'big.bin'), 'utf8')).toBe(pointer);
  expect(await readdir(join(one.files, 'module'))).toEqual([]);
  await writeFile(join(one.files, '-rf'), 'x\n');
  await writeFile(join(one.files, 'ü "quoted"\n.txt'), 'x\n');
  await symlink('/etc/passwd', join(one.files, 'out'));
  await writeFile(join(one.files, 'big.bin'), 'the file itself');
  await writeFile(join(one.files, 'other.bin'), pointer.replace('4d7a', '5e8b'));
  await writeFile(join(one.files, 'new.bin'), 'one more');
  const work = await one.finish('Odd');
  expect(work).toMatchObject({ changes: { files: 4 }, pushed: { kind: 'pushed' } });
  expect(work).toHaveProperty('leftAlone', [
    { path: 'new.bin', why: 'lfs' },
    { path: 'big.bin', why: 'lfs' },
  ]);
  expect(await stage.forgeGit('show', `${branchOf(work)}:big.bin`)).toBe(pointer);
  expect(await stage.forgeGit('show', `${branchOf(work)}:out`)).toBe('/etc/passwd');
  expect(await stage.forgeGit('ls-tree', '-r', branchOf(work))).toContain('160000 commit 1111');
});

test('a file that was renamed is one file, and no lines', async () => {
  const stage = await openStage();
  await stage.seed({ 'long.txt': 'line\n'.repeat(100) });
  const one = await stage.begin('1.0');
  await rename(join(one.files, 'long.txt'), join(one.files, 'other.txt'));
  expect(await one.finish('Rename')).toMatchObject({ changes: { files: 1, added: 0, removed: 0 } });
});

test('a file that no forge would take is left alone, and named once', async () => {
  const stage = await openStage();
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  await writeFile(join(one.files, 'huge.bin'), '');
  await truncate(join(one.files, 'huge.bin'), 51 * 1024 ** 2);
  expect(await one.finish('Huge')).toMatchObject({
    changes: { files: 1 },
    leftAlone: [{ path: 'huge.bin', why: 'too_large' }],
  });
  expect(await one.finish('Nothing')).toBeUndefined();
});

test('a repository within the repository is left alone and named, with commits or without; the rest is committed', async () => {
  const stage = await openStage();
  const one = await stage.begin('1.0');
  for (const name of ['begun', 'empty']) {
    await mkdir(join(one.files, name));
    await run('git', ['-C', join(one.files, name), 'init', '--quiet']);
    await writeFile(join(one.files, name, 'in.txt'), 'x\n');
  }
  const who = ['-c', 'user.name=Agent', '-c', 'user.email=agent@example.com'];
  await run('git', ['-C', join(one.files, 'begun'), 'add', '--all']);
  await run('git', ['-C', join(one.files, 'begun'), ...who, 'commit', '--quiet', '--message=Begin']);
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  const leftAlone = ['begun/', 'empty/'].map((path) => ({ path, why: 'repository' }));
  const work = await one.finish('Nested');
  expect(work).toMatchObject({ changes: { files: 1 }, leftAlone, pushed: { kind: 'pushed' } });
  await rm(join(one.files, 'empty', '.git'), { recursive: true });
  const next = await one.finish('One of them');
  expect(await stage.forgeGit('show', `${branchOf(next)}:empty/in.txt`)).toBe('x\n');
});

test('neither hooks of the checkout nor its settings run with a credential, and none is left in it', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  const told = join(one.files, '..', 'told');
  await mkdir(join(one.files, '.git', 'hooks'), { recursive: true });
  for (const hook of ['pre-commit', 'post-commit', 'pre-push', 'reference-transaction', 'post-checkout']) {
    const file = join(one.files, '.git', 'hooks', hook);
    await writeFile(file, `#!/bin/sh\necho ${hook} >> ${told}\n`);
    await chmod(file, 0o755);
  }
  await one.git('config', 'core.fsmonitor', `echo fsmonitor >> ${told}; false`);
  await one.git('config', 'credential.helper', `!f() { cat >> ${told}; }; f`);
  await writeFile(join(one.files, 'a.txt'), 'x\n');
  expect(await one.finish('Change')).toMatchObject({ pushed: { kind: 'pushed' } });
  await expect(readFile(told, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
  const { stdout } = await run('grep', ['-rlF', TOKEN, stage.home]).catch((error: { stdout: string }) => error);
  expect(stdout, 'no file of the pod has the token').toBe('');
});

test('a session comes back in another pod: commits that were not pushed, and files that were not committed', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'committed\n');
  await stage.close();
  await one.finish('Not pushed');
  await writeFile(join(one.files, 'dirty.txt'), 'dirty\n');
  await one.moveToNewPod();
  await stage.open();
  expect(await one.begin()).toBe('ready');
  expect(await one.git('log', '-1', '--format=%s')).toBe('Not pushed\n');
  expect(await one.git('status', '--porcelain')).toBe('?? dirty.txt\n');
  expect(await one.finish('Go on')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
});

test('a branch whose beginning the forge has lost: the files are as they were, as one change', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'b.txt'), 'mine\n');
  await stage.close();
  await one.finish('Not pushed');
  await one.moveToNewPod();
  await stage.replaceHistory({ 'a.txt': 'begin\n', 'c.txt': 'new\n' });
  await stage.open();
  expect(await one.begin()).toBe('repaired');
  expect(await readFile(join(one.files, 'b.txt'), 'utf8')).toBe('mine\n');
  expect(await readFile(join(one.files, 'c.txt'), 'utf8')).toBe('new\n');
  expect(await one.finish('Go on')).toMatchObject({
    changes: { files: 1, added: 1, removed: 0 },
    pushed: { kind: 'pushed' },
  });
});

test('a folder from before there were repositories stays a folder', async () => {
  const stage = await openStage();
  const one = await stage.begin('1.0', async (files) => writeFile(join(files, 'old.txt'), 'x'));
  expect(await one.begin()).toBe('folder');
  expect(await one.finish('Change')).toBeUndefined();
  expect(await readdir(one.files)).toEqual(['old.txt']);
});

test('a session comes back after branches of others were written anew, or removed with what the agent had begun there', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.pushAsOther('feature', { 'b.txt': 'x\n' });
  await stage.pushAsOther('done', { 'c.txt': 'x\n' });
  const one = await stage.begin('1.0');
  await one.git('branch', 'same', 'origin/done');
  await one.git('remote', 'set-head', 'origin', 'feature');
  await writeFile(join(one.files, 'a.txt'), 'mine\n');
  await one.finish('Mine');
  const feature = await stage.forgeGit('commit-tree', '-m', 'Anew', 'main^{tree}');
  await stage.forgeGit('update-ref', 'refs/heads/feature', feature.trim());
  await stage.forgeGit('branch', '-D', 'done');
  await one.moveToNewPod();
  expect(await one.begin()).toBe('ready');
  expect((await one.git('rev-parse', 'origin/feature')).trim()).toBe(feature.trim());
  expect(await one.git('branch', '--list', '--format=%(refname:short)', 'same')).toBe('');
  await writeFile(join(one.files, 'a.txt'), 'more\n');
  expect(await one.finish('More')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });
});

test('a tag that moves on the forge moves in a thread, at a push and when it comes back; a tag of its own stays', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.forgeGit('tag', 'latest', 'main');
  const one = await stage.begin('1.0');
  await one.git('tag', 'mine');
  const moved = async (): Promise<string> => {
    const id = await stage.pushAsOther('main', { 'a.txt': `${await stage.forgeGit('rev-parse', 'latest')}\n` });
    await stage.forgeGit('tag', '--force', 'latest', id);
    return id;
  };
  const tags = async (): Promise<string> => one.git('tag', '--format=%(refname:short) %(objectname)');
  const [, mine = ''] = /^mine (.*)$/m.exec(await tags()) ?? [];
  const first = await moved();
  await stage.begin('2.0');
  await writeFile(join(one.files, 'b.txt'), 'x\n');
  expect(await one.finish('Mine')).toMatchObject({ pushed: { kind: 'pushed' } });
  expect(await tags()).toBe(`latest ${first}\nmine ${mine}\n`);
  const second = await moved();
  one.nextLife();
  expect(await one.begin()).toBe('ready');
  expect(await tags()).toBe(`latest ${second}\nmine ${mine}\n`);
});

test('a checkout without a single ref comes back as it was', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await one.finish('Nothing');
  await one.git('checkout', '--quiet', '--detach');
  const head = await one.git('rev-parse', 'HEAD');
  for (const ref of (await one.git('for-each-ref', '--format=%(refname)')).trim().split('\n')) {
    await one.git('update-ref', '-d', ref);
  }
  one.nextLife();
  expect(await one.begin()).toBe('ready');
  expect(await one.git('rev-parse', 'HEAD')).toBe(head);
});

test('what a thread stands on may be newer than the mirror of its pod: it waits for a forge that is away', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  await stage.begin('2.0');
  const mirrors = join(stage.home, 'mirrors');
  const older = `${stage.home}-older`;
  await run('cp', ['-a', mirrors, older]);
  await stage.pushAsOther('main', { 'a.txt': 'newer\n' });
  const one = await stage.begin('1.0');
  await one.git('commit', '--quiet', '--allow-empty', '--message=Mine');
  await stage.close();
  await one.finish('Not pushed');
  await one.moveToNewPod();
  await run('cp', ['-a', older, mirrors]);
  const away = { code: 'forge_unavailable', retry: { kind: 'retryable' } };
  await expect(one.begin()).rejects.toMatchObject(away);
  await stage.open();
  expect(await one.begin()).toBe('ready');
  expect(await one.git('log', '-2', '--format=%s')).toBe('Mine\nTheirs\n');
});

test('an agent that removes the repository, or stands in a merge, is told so', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await one.git('checkout', '-qb', 'side');
  await one.commit('a.txt', 'side\n');
  await one.git('checkout', '-q', '-');
  await one.commit('a.txt', 'main\n');
  await one.git('merge', 'side').catch(() => undefined);
  expect(await one.finish('Merge')).toEqual({ kind: 'unmerged' });
  await rm(join(one.files, '.git'), { recursive: true });
  expect(await one.finish('Remove')).toEqual({ kind: 'gone' });
});

test('the change of a turn is shown, in another pod too', async () => {
  const stage = await openStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'a.txt'), 'end\n');
  const work = await one.finish('Change');
  const range = work?.kind === 'done' ? `${work.before}..${work.head}` : '';
  await rm(join(stage.home, 'mirrors'), { recursive: true });
  expect(await stage.work.showDiff('T1:D1:1.0', range, never)).toContain('-begin\n+end');
});
