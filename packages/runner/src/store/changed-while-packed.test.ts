// What changes while a session is packed whole: a layer upon it has to bring back what stands there.
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { archiveSession } from './archive-session.ts';
import { fileClock, nextTick } from './file-clock.ts';
import { restoreSession } from './restore-session.ts';
import { UNSURE } from './session-snapshot.ts';

/** A directory that takes long enough to be packed, with `log` and `z/precious` at its end. */
async function stage() {
  const outer = await mkdtemp(join(tmpdir(), 'runnel-meanwhile-'));
  onTestFinished(() => rm(outer, { recursive: true, force: true }));
  const directory = { files: join(outer, 'files'), state: join(outer, 'state') };
  const next = { files: join(outer, 'next', 'files'), state: join(outer, 'next', 'state') };
  for (const path of [join(directory.files, 'z'), directory.state, join(outer, 'next')]) {
    await mkdir(path, { recursive: true });
  }
  await writeFile(join(directory.files, 'a-large'), '');
  await truncate(join(directory.files, 'a-large'), 200 * 1024 ** 2);
  await writeFile(join(directory.files, 'log'), 'a long line');
  await writeFile(join(directory.files, 'z', 'precious'), 'mine');
  const [whole, layer] = [join(outer, 'whole'), join(outer, 'layer')];
  // What was changed in the very tick of a listing may change again, and counts as changed.
  await writeFile(layer, '');
  await nextTick(layer, await fileClock(layer));
  /** Packed whole, with that done as soon as it has begun. */
  const packWhile = async (change: () => Promise<unknown>) => {
    const packing = archiveSession(directory, whole);
    await expect
      .poll(async () => (await stat(whole).catch(() => ({ size: 0 }))).size, { interval: 1 })
      .toBeGreaterThan(0);
    await change();
    return packing;
  };
  return { outer, directory, next, whole, layer, packWhile };
}

test('a file that may not have been packed as it was listed is packed again, over what the whole archive has of it', async () => {
  const { directory, next, whole, layer } = await stage();
  const { standing } = await archiveSession(directory, whole);
  const snapshot = new Map(standing?.snapshot).set('files/log', UNSURE);
  expect((await archiveSession(directory, layer, { standing: { snapshot } })).kind).toBe('layer');
  await restoreSession(layer, next, whole);
  expect(await readFile(join(next.files, 'log'), 'utf8')).toBe('a long line');
});

test('a folder that is away for that time, and back with the dates that it had', async () => {
  const { outer, directory, next, whole, layer, packWhile } = await stage();
  const { standing } = await packWhile(() => rename(join(directory.files, 'z'), join(outer, 'away')));
  expect(standing?.fingerprint).toBeUndefined();
  await rename(join(outer, 'away'), join(directory.files, 'z'));
  expect((await archiveSession(directory, layer, { standing })).kind).toBe('layer');
  await restoreSession(layer, next, whole);
  expect(await readFile(join(next.files, 'z', 'precious'), 'utf8')).toBe('mine');
});

test('a folder whose name cannot be kept: what is in it stays behind with it, and the rest comes back', async () => {
  const { directory, next, whole } = await stage();
  const name = `${'x'.repeat(60)}\n${'y'.repeat(60)}`;
  await mkdir(join(directory.files, name));
  await writeFile(join(directory.files, name, 'f'), 'x');
  const { leftOut } = await archiveSession(directory, whole);
  expect(leftOut).toMatchObject([{ why: 'its name cannot be kept' }]);
  await restoreSession(whole, next);
  expect(await readdir(next.files)).toEqual(['a-large', 'log', 'z']);
});
