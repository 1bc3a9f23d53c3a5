// Repositories as they are out there, through a turn, a push and a sleep.
import { lstat, mkdir, readFile, readdir, readlink, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { branchOf, openWorkspaceStage } from './workspace-stage.ts';

test('a file of 200 MB that no forge takes comes back from sleep', async () => {
  const stage = await openWorkspaceStage();
  await stage.seed({ 'a.txt': 'begin\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, 'b.txt'), 'x\n');
  await writeFile(join(one.files, 'huge.bin'), '');
  await truncate(join(one.files, 'huge.bin'), 200 * 1024 ** 2);
  expect(await one.finish('Huge')).toMatchObject({
    changes: { files: 1 },
    leftAlone: [{ path: 'huge.bin', why: 'too_large' }],
  });
  await one.moveToNewPod();
  expect(await one.begin()).toBe('ready');
  expect((await lstat(join(one.files, 'huge.bin'))).size).toBe(200 * 1024 ** 2);
  expect(await one.git('status', '--porcelain')).toBe('?? huge.bin\n');
});

test('links that lead out, a file called -rf and ignored files come back from sleep, and count as no change', async () => {
  const stage = await openWorkspaceStage();
  await stage.seed({ '.gitignore': 'build/\n' });
  const one = await stage.begin('1.0');
  await writeFile(join(one.files, '-rf'), 'x\n');
  await symlink('../../../etc/passwd', join(one.files, 'out'));
  await mkdir(join(one.files, 'build'));
  await writeFile(join(one.files, 'build', 'made'), 'x');
  const work = await one.finish('Odd');
  expect(work).toMatchObject({ changes: { files: 2 }, pushed: { kind: 'pushed' } });
  await one.moveToNewPod();
  expect(await one.begin()).toBe('ready');
  expect((await readdir(one.files)).toSorted()).toEqual(['-rf', '.git', '.gitignore', 'build', 'out']);
  expect(await readlink(join(one.files, 'out'))).toBe('../../../etc/passwd');
  expect(await readFile(join(one.files, 'build', 'made'), 'utf8')).toBe('x');
  expect(await one.finish('Nothing')).toBeUndefined();
  expect(await stage.forgeGit('ls-tree', '--name-only', branchOf(work))).toBe('-rf\n.gitignore\nout\n');
});
