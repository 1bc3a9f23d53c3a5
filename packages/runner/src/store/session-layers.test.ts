import { chmod, link, mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { archiveSession } from './archive-session.ts';
import { fileClock, nextTick } from './file-clock.ts';
import { restoreSession } from './restore-session.ts';

const DATE = 1_000_000_000;

/** Of a folder with `file`, `other` of the same size and date, `link` to `there`, `folder/in`. */
const changes: Record<string, (files: string) => Promise<unknown>> = {
  async 'content of the same size, with its date set back'(files) {
    await writeFile(join(files, 'file'), 'two');
    await utimes(join(files, 'file'), DATE, DATE);
  },
  'another date': (files) => utimes(join(files, 'file'), DATE, DATE + 1),
  rights: (files) => chmod(join(files, 'file'), 0o755),
  'rights of a folder': (files) => chmod(join(files, 'folder'), 0o750),
  'another length': (files) => truncate(join(files, 'file'), 2),
  'another name': (files) => rename(join(files, 'file'), join(files, 'name')),
  'one put in the place of another that looks like it': (files) => rename(join(files, 'other'), join(files, 'file')),
  'a folder of another name': (files) => rename(join(files, 'folder'), join(files, 'name')),
  async 'another target of the same length'(files) {
    await rm(join(files, 'link'));
    await symlink('where', join(files, 'link'));
  },
  async 'a link in the place of a file'(files) {
    await rm(join(files, 'file'));
    await symlink('other', join(files, 'file'));
  },
  async 'a folder in the place of a file'(files) {
    await rm(join(files, 'file'));
    await mkdir(join(files, 'file'));
  },
  'a second name': (files) => link(join(files, 'file'), join(files, 'name')),
  'an empty folder more': (files) => mkdir(join(files, 'folder', 'name')),
  'a file less': (files) => rm(join(files, 'folder', 'in')),
};

test.each(Object.entries(changes))('a checkpoint sees %s', async (_, change) => {
  const outer = await mkdtemp(join(tmpdir(), 'runnel-layers-'));
  onTestFinished(() => rm(outer, { recursive: true, force: true }));
  const directory = { files: join(outer, 'files'), state: join(outer, 'state') };
  await mkdir(join(directory.files, 'folder'), { recursive: true });
  for (const [name, text] of [
    ['file', 'one'],
    ['other', 'six'],
    ['folder/in', 'x'],
  ] as const) {
    await writeFile(join(directory.files, name), text);
    await utimes(join(directory.files, name), DATE, DATE);
  }
  await symlink('there', join(directory.files, 'link'));
  const file = join(outer, 'archive');
  await writeFile(file, '');
  await nextTick(file, await fileClock(file));
  const { standing } = await archiveSession(directory, file);
  expect(await archiveSession(directory, join(outer, 'second'), { standing })).toMatchObject({ kind: 'same' });
  const next = { files: join(outer, 'next', 'files'), state: join(outer, 'next', 'state') };
  await mkdir(join(outer, 'next'));
  const restored = await restoreSession(file, next);
  expect(await archiveSession(next, join(outer, 'second'), { standing: restored })).toMatchObject({ kind: 'same' });
  await Promise.all([directory, next].map(({ files }) => change(files)));
  expect(await archiveSession(directory, join(outer, 'second'), { standing })).toMatchObject({ kind: 'whole' });
  expect(await archiveSession(next, join(outer, 'second'), { standing: restored })).toMatchObject({ kind: 'whole' });
});
