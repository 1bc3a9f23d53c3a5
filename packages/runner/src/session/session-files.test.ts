// What of a session is packed and kept when it is saved, and brought back from.
import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import { archiveFiles } from '../store/archive-files.ts';
import { archiveSession } from '../store/archive-session.ts';
import { nextTick } from '../store/file-clock.ts';
import { memorySessionStore } from '../store/memory-session-store.ts';
import { restoreSession } from '../store/restore-session.ts';
import type { SessionArchiver } from '../store/session-archiver.ts';
import type { ArchiveRef } from '../store/session-store.ts';
import { showsWrites } from '../store/shows-writes.ts';
import { sessionFiles } from './session-files.ts';

const session: SessionKey = 'T1:D1:1.0';
const never = new AbortController().signal;
const LARGE = 5 * 1024 ** 2;

test('what did not change since it was saved is not packed again, in the next life neither', async () => {
  const stage = await openStage();
  const first = await stage.saveLarge();
  expect(await stage.save()).toEqual(first);
  await stage.nextLife();
  expect(await stage.save()).toEqual(first);
  expect(stage.puts()).toBe(1);
});

test('of a large session only what changed is packed, until that is much', async () => {
  const stage = await openStage();
  const first = await stage.saveLarge();
  await writeFile(join(stage.files, 'small'), 'x');
  const second = await stage.save();
  expect(second.base).toEqual(first);
  await stage.nextLife();
  expect(await stage.save(), 'nothing changed').toEqual(second);
  await appendFile(join(stage.files, 'small'), 'y');
  await rm(join(stage.files, 'old'));
  const third = await stage.save();
  expect(third.base).toEqual(first);
  await stage.nextLife();
  expect(await readFile(join(stage.files, 'small'), 'utf8')).toBe('xy');
  expect((await readdir(stage.files)).toSorted()).toEqual(['large', 'small']);
  await appendFile(join(stage.files, 'large'), 'much');
  const fourth = await stage.save();
  expect(fourth.base).toBeUndefined();
  await stage.nextLife();
  expect((await stat(join(stage.files, 'large'))).size).toBe(LARGE + 4);
});

test('nothing is built on an archive that the manifest does not name: it may be gone', async () => {
  const stage = await openStage();
  await stage.saveLarge();
  stage.name(stage.refOf('of another runner'));
  const again = await stage.save();
  expect(again.base).toBeUndefined();
  expect(stage.puts()).toBe(2);
  stage.name(undefined);
  await writeFile(join(stage.files, 'small'), 'x');
  expect((await stage.save()).base).toBeUndefined();
});

test('what is saved while an agent works is built upon what was saved before, and not built upon itself', async () => {
  const stage = await openStage();
  const first = await stage.saveLarge();
  await writeFile(join(stage.files, 'small'), 'x');
  expect((await stage.save('meanwhile')).base).toEqual(first);
  const puts = stage.puts();
  expect((await stage.save('meanwhile')).base).toEqual(first);
  expect(stage.puts(), 'packed again, since it may have changed unseen').toBe(puts + 1);
  const fresh = await openStage();
  await fresh.fill();
  await fresh.save('meanwhile');
  await writeFile(join(fresh.files, 'small'), 'x');
  expect((await fresh.save()).base).toBeUndefined();
});

test('a layer whose whole archive is damaged is passed over for the version before', async () => {
  const stage = await openStage();
  await stage.fill();
  await writeFile(join(stage.files, 'small'), 'before');
  const before = await stage.save();
  await appendFile(join(stage.files, 'large'), 'much');
  await stage.pass('large');
  const base = await stage.save();
  await writeFile(join(stage.files, 'small'), 'after');
  expect((await stage.save()).base).toEqual(base);
  stage.damage(base);
  await stage.nextLife([before]);
  expect(await readFile(join(stage.files, 'small'), 'utf8')).toBe('before');
  // Never on what is not what was brought back.
  expect((await stage.save()).base).toBeUndefined();
});

test('where a file system may not date every write nothing is taken for unchanged', async () => {
  const stage = await openStage(archiveFiles);
  await stage.saveLarge();
  expect(await showsWrites('/proc')).toBe(false);
  expect(await showsWrites(join(stage.files, 'nowhere'))).toBe(false);
  await stage.save();
  expect(stage.puts()).toBe((await showsWrites(stage.files)) ? 1 : 2);
});

/** As `archiveFiles`, on any file system. */
const trusting: SessionArchiver = {
  pack: (directory, file, standing) => archiveSession(directory, file, { standing }),
  unpack: restoreSession,
};

async function openStage(archiver = trusting) {
  const home = await mkdtemp(join(tmpdir(), 'runnel-session-files-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const store = memorySessionStore();
  let named: ArchiveRef | undefined;
  let earlier: readonly ArchiveRef[] = [];
  let puts = 0;
  const record = (archive: ArchiveRef | undefined) => ({
    provider: 'shell',
    covered: [],
    updatedAt: 0,
    ...(archive === undefined ? {} : { archive }),
  });
  const begin = async () => {
    const begun = sessionFiles({
      user: 'T1:U1',
      home,
      archiver,
      store: {
        ...store,
        putArchive(at, file) {
          puts += 1;
          return store.putArchive(at, file);
        },
        earlierManifests: async () =>
          earlier.map((archive) => ({
            v: 1,
            writer: { generation: '1', owner: 'pod', write: 1 },
            sessions: { [session]: record(archive) },
          })),
      },
      manifest: { isEarlier: false, session: () => record(named) },
      lease: { fits: () => true },
      callTimeoutMs: 1_000,
      over: never,
      log: createLogger('test', 'silent'),
    });
    return { files: begun, directory: (await begun.bringBack(session, never)).directory };
  };
  let life = await begin();
  const save = async (when: 'after' | 'meanwhile' = 'after'): Promise<ArchiveRef> => {
    const saved = await life.files.save(session, when);
    if (saved === undefined) throw new Error('there is no session');
    named = saved.archive;
    return saved.archive;
  };
  /** Until what is changed now is dated later than that file. */
  const pass = async (name: string): Promise<void> => {
    const probe = join(home, 'probe');
    await writeFile(probe, '');
    await nextTick(probe, (await stat(join(life.directory.files, name))).ctimeMs);
  };
  const fill = async (): Promise<void> => {
    await writeFile(join(life.directory.files, 'large'), '');
    await truncate(join(life.directory.files, 'large'), LARGE);
    await writeFile(join(life.directory.files, 'old'), 'x');
    await pass('old');
  };
  return {
    save,
    fill,
    pass,
    async saveLarge() {
      await fill();
      return save();
    },
    puts: () => puts,
    name: (archive: ArchiveRef | undefined) => void (named = archive),
    refOf: (content: string): ArchiveRef => ({
      digest: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
    }),
    damage: ({ digest }: ArchiveRef) => void store.archives.delete(`T1:U1/${session}/${digest}`),
    get files() {
      return life.directory.files;
    },
    async nextLife(before: readonly ArchiveRef[] = []) {
      earlier = before;
      life = await begin();
    },
  };
}
