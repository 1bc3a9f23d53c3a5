// Whatever is done to a session between two checkpoints is in the next one, packed as a layer or whole, and through every sleep.
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { archiveSession } from './archive-session.ts';
import { fileClock, nextTick } from './file-clock.ts';
import { restoreSession } from './restore-session.ts';
import type { Standing } from './session-archiver.ts';

const DATE = 1_000_000_000;
const path = fc.constantFrom('a', 'b', 'd', 'd/a', 'd/b', 'd/e', 'd/e/a', 'ü\n', '-rf');
/** Most of one size: with its date set back nothing but `ctime` tells one from another. */
const content = fc.constantFrom('one', 'two', 'six', 'more than that');
const mode = fc.constantFrom(0o600, 0o644, 0o755, 0o444);
const change = fc.oneof(
  fc.tuple(fc.constant('write' as const), path, content),
  fc.tuple(fc.constant('chmod' as const), path, mode),
  fc.tuple(fc.constant('link' as const), path, fc.constantFrom('here', 'away', '/etc')),
  fc.tuple(fc.constant('hard link' as const), path, path),
  fc.tuple(fc.constant('move' as const), path, path),
  fc.tuple(fc.constant('remove' as const), path),
  fc.tuple(fc.constant('folder' as const), path),
  fc.tuple(fc.constant('date' as const), path, fc.constantFrom(DATE, DATE + 1)),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;
const part = fc.record({ changes: fc.array(change, { maxLength: 6 }), waits: fc.boolean(), sleeps: fc.boolean() });
/** So large that changes are worth a layer; of zeros, which cost little. */
const BALLAST = 5 * 1024 ** 2;

testProperty(
  'every checkpoint brings back what is there',
  { of: fc.array(part, { minLength: 1, maxLength: 5 }), runs: 15 },
  async (parts) => {
    const outer = await mkdtemp(join(tmpdir(), 'runnel-layers-'));
    try {
      let directory = await newDirectory(outer, 'first');
      await writeFile(join(directory.state, 'ballast'), '');
      await truncate(join(directory.state, 'ballast'), BALLAST);
      const clock = join(outer, 'clock');
      await writeFile(clock, '');
      let standing: Standing = {};
      let base = '';
      let last: { file: string; base?: string } = { file: '' };
      for (const [index, { changes, waits, sleeps }] of parts.entries()) {
        for (const one of changes) await makeChange(directory.files, one);
        // Else what was changed right before is packed again in any case.
        if (waits || index === 0) await nextTick(clock, await fileClock(clock));
        const file = join(outer, `${index}.archive`);
        const packed = await archiveSession(directory, file, { standing });
        if (packed.kind === 'whole') base = file;
        if (packed.kind !== 'same') last = packed.kind === 'whole' ? { file } : { file, base };
        if (index > 0) expect(packed.kind, 'what was changed is little').not.toBe('whole');
        standing = { ...standing, ...packed.standing };
        const next = await newDirectory(outer, `next-${index}`);
        const restored = await restoreSession(last.file, next, last.base);
        expect((await lstat(join(next.state, 'ballast'))).size).toBe(BALLAST);
        expect(await filesOf(next, outer)).toEqual(await filesOf(directory, outer));
        if (sleeps) [directory, standing] = [next, restored];
      }
    } finally {
      await rm(outer, { recursive: true, force: true });
    }
  },
);

async function newDirectory(outer: string, name: string): Promise<SessionDirectory> {
  const directory = { files: join(outer, name, 'files'), state: join(outer, name, 'state') };
  await mkdir(directory.files, { recursive: true });
  await mkdir(directory.state, { recursive: true });
  return directory;
}

/** All that a whole archive of them would hold. */
async function filesOf({ files }: SessionDirectory, outer: string): Promise<Buffer> {
  const file = join(outer, 'files.archive');
  await archiveSession({ files, state: join(outer, 'nothing') }, file);
  return readFile(file);
}

/** What cannot be done as things stand is left. */
async function makeChange(folder: string, [verb, name, to]: Change): Promise<void> {
  const at = join(folder, name);
  const isLink = await lstat(at).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  const doing: Record<typeof verb, () => Promise<unknown>> = {
    async write() {
      await writeFile(at, String(to), { flag: isLink ? 'wx' : 'w' });
      await utimes(at, DATE, DATE);
    },
    chmod: async () => isLink || chmod(at, (await lstat(at)).isDirectory() ? 0o750 : Number(to)),
    link: () => symlink(String(to), at),
    'hard link': () => link(at, join(folder, String(to))),
    move: () => rename(at, join(folder, String(to))),
    remove: () => rm(at, { recursive: true }),
    folder: () => mkdir(at),
    date: async () => isLink || utimes(at, Number(to), Number(to)),
  };
  await doing[verb]().catch(() => undefined);
}
