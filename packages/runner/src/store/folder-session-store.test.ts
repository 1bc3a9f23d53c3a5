import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { archivesFolder } from './folder-archives.ts';
import { publishVersion } from './folder-manifests.ts';
import { folderSessionStore } from './folder-session-store.ts';
import { type ArchivePlace, describeSessionStore, manifest, temporaryFile } from './session-store.testsuite.ts';
import { noRevision } from './session-store.ts';
import { archiveFileName } from './store-layout.ts';

const WRITER = fileURLToPath(new URL('../testing/write-to-folder-store.ts', import.meta.url));
const user = 'T1:U1';
const session = 'T1:D1:1.0';
const TWO_HOURS_AGO = new Date(Date.now() - 7_200_000);

describeSessionStore('folder', async () => {
  const { root, store } = await newStore();
  const fileOf = ({ user: owner, session: thread, archive }: ArchivePlace): string =>
    join(archivesFolder(join(root, 'users', ...owner.split(':')), thread), archiveFileName(archive.digest));
  return {
    store,
    damageArchive: async (at) => {
      const content = await readFile(fileOf(at));
      content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
      await writeFile(fileOf(at), content);
    },
    removeArchive: (at) => rm(fileOf(at)),
    contend: async (owner, writers, times) => {
      const write = (): Promise<unknown> =>
        promisify(execFile)(process.execPath, [WRITER, root, owner, '4', String(times)]);
      await Promise.all(Array.from({ length: writers / 4 }, write));
    },
  };
});

test('the last five versions are kept, each readable by itself; of the others the number for an hour', async () => {
  const { folder, store } = await filledStore(9);
  const sizes = async () =>
    (await manifestsIn(folder)).map(async (name) => [name, (await stat(join(folder, name))).size > 0]);
  const numbered = (from: number, to: number, isWhole: boolean) =>
    Array.from({ length: to - from + 1 }, (_, index) => [`manifest.${from + index}.json`, isWhole]);
  expect(await Promise.all(await sizes())).toEqual([...numbered(1, 4, false), ...numbered(5, 9, true)]);
  expect(JSON.parse(await readFile(join(folder, 'manifest.7.json'), 'utf8'))).toEqual(manifest(7));
  for (const number of [1, 2]) await utimes(join(folder, `manifest.${number}.json`), TWO_HOURS_AGO, TWO_HOURS_AGO);
  await store.writeManifest(user, manifest(10), '9');
  expect((await manifestsIn(folder)).slice(0, 2)).toEqual(['manifest.10.json', 'manifest.3.json']);
});

test('a writer that was paused for hours finds its number free again, and still gets a conflict', async () => {
  const { folder, store } = await filledStore(9);
  await rm(join(folder, 'manifest.3.json'));
  const late = { temporary: await writtenBeside(folder, manifest(3)), revision: 3, lookedAt: Date.now() - 7_200_000 };
  await expect(publishVersion(folder, late)).rejects.toMatchObject({ code: 'store_conflict' });
  expect((await store.readManifest(user))?.manifest).toEqual(manifest(9));
  // One that was paused for less finds it taken.
  await expect(publishVersion(folder, { ...late, revision: 4 })).rejects.toMatchObject({ code: 'store_conflict' });
});

test.each([['{"v":1,"writer'], [''], ['{"v":2}'], ['null']])(
  'a newest manifest of %j is passed over for the one before',
  async (content) => {
    const { folder, store } = await filledStore(3);
    await writeFile(join(folder, 'manifest.3.json'), content);
    expect(await store.readManifest(user)).toEqual({ manifest: manifest(2), revision: '3', unreadable: 1 });
    expect(await store.earlierManifests(user)).toEqual([manifest(1)]);
    const revision = await store.writeManifest(user, manifest(4), '3');
    expect(await store.readManifest(user)).toEqual({ manifest: manifest(4), revision, unreadable: 0 });
  },
);

test('where no version can be read the person starts afresh, over the newest of them', async () => {
  const { folder, store } = await filledStore(2);
  for (const name of await manifestsIn(folder)) await writeFile(join(folder, name), 'rust');
  const read = await store.readManifest(user);
  expect(read).toMatchObject({ revision: '2', unreadable: 2, manifest: { sessions: {} } });
  await store.writeManifest(user, manifest(3), '2');
});

test('an archive that is there already is not written again', async () => {
  const { folder, store } = await newStore();
  const file = await temporaryFile('content');
  const archive = await store.putArchive({ user, session }, file);
  const kept = join(archivesFolder(folder, session), archiveFileName(archive.digest));
  const { ino } = await stat(kept);
  await store.putArchive({ user, session }, file);
  expect((await stat(kept)).ino).toBe(ino);
  // Unless it is cut off.
  await writeFile(kept, 'con');
  await store.putArchive({ user, session }, file);
  expect(await readFile(kept, 'utf8')).toBe('content');
});

test('archives go when no kept manifest names them and they are older than an hour', async () => {
  const { folder, store } = await newStore();
  const put = async (content: string) => store.putArchive({ user, session }, await temporaryFile(content));
  const [named, old, fresh] = [await put('named'), await put('old'), await put('fresh')];
  await writeFile(join(archivesFolder(folder, session), '.half.tmp'), 'half');
  for (const name of [archiveFileName(named.digest), archiveFileName(old.digest), '.half.tmp']) {
    await utimes(join(archivesFolder(folder, session), name), TWO_HOURS_AGO, TWO_HOURS_AGO);
  }
  let revision = await store.writeManifest(user, manifest(1, named), noRevision);
  expect(await archivesIn(folder)).toEqual([named, fresh].map(({ digest }) => archiveFileName(digest)).toSorted());
  // An earlier manifest still names it, until that one goes too.
  for (let write = 2; write <= 5; write += 1) revision = await store.writeManifest(user, manifest(write), revision);
  expect(await archivesIn(folder)).toContain(archiveFileName(named.digest));
  await store.writeManifest(user, manifest(6), revision);
  expect(await archivesIn(folder)).toEqual([archiveFileName(fresh.digest)]);
});

test('the whole archive that a layer lies on stays as long as the layer is named', async () => {
  const { folder, store } = await newStore();
  const put = async (content: string) => store.putArchive({ user, session }, await temporaryFile(content));
  const [base, layer] = [await put('whole'), await put('layer')];
  for (const { digest } of [base, layer]) {
    await utimes(join(archivesFolder(folder, session), archiveFileName(digest)), TWO_HOURS_AGO, TWO_HOURS_AGO);
  }
  await store.writeManifest(user, manifest(1, { ...layer, base }), noRevision);
  expect(await archivesIn(folder)).toEqual([base, layer].map(({ digest }) => archiveFileName(digest)).toSorted());
  expect((await store.readManifest(user))?.manifest.sessions[session]?.archive).toEqual({ ...layer, base });
});

test('of a session that no kept manifest has any more nothing is left', async () => {
  const { folder, store } = await newStore();
  const archive = await store.putArchive({ user, session }, await temporaryFile('of long ago'));
  let revision = await store.writeManifest(user, manifest(1, archive), noRevision);
  await utimes(join(archivesFolder(folder, session), archiveFileName(archive.digest)), TWO_HOURS_AGO, TWO_HOURS_AGO);
  const without = (write: number) => ({ ...manifest(write), sessions: {} });
  for (let write = 2; write <= 5; write += 1) revision = await store.writeManifest(user, without(write), revision);
  expect(await readdir(join(folder, 'sessions'))).toHaveLength(1);
  revision = await store.writeManifest(user, without(6), revision);
  expect(await readdir(join(folder, 'sessions'))).toEqual([]);
  await store.putArchive({ user, session }, await temporaryFile('and again'));
});

test('an old archive that is put again is safe until a manifest names it', async () => {
  const { folder, store } = await newStore();
  const file = await temporaryFile('again');
  const archive = await store.putArchive({ user, session }, file);
  await utimes(join(archivesFolder(folder, session), archiveFileName(archive.digest)), TWO_HOURS_AGO, TWO_HOURS_AGO);
  await store.putArchive({ user, session }, file);
  await store.writeManifest(user, manifest(1), noRevision);
  expect(await archivesIn(folder)).toEqual([archiveFileName(archive.digest)]);
});

test('while a kept manifest cannot be read no archive goes', async () => {
  const { folder, store } = await filledStore(2);
  const archive = await store.putArchive({ user, session }, await temporaryFile('perhaps named by it'));
  await utimes(join(archivesFolder(folder, session), archiveFileName(archive.digest)), TWO_HOURS_AGO, TWO_HOURS_AGO);
  await writeFile(join(folder, 'manifest.2.json'), 'rust');
  await store.writeManifest(user, manifest(3), '2');
  expect(await archivesIn(folder)).toEqual([archiveFileName(archive.digest)]);
});

test('what crashes left is removed by a later write: versions not yet pruned, files half written', async () => {
  const { folder, store } = await filledStore(4);
  for (const number of [5, 6, 7, 8, 9]) {
    await writeFile(join(folder, `manifest.${number}.json`), JSON.stringify(manifest(number)));
  }
  await writeFile(join(folder, '.old.tmp'), 'half');
  await writeFile(join(folder, '.new.tmp'), 'half');
  await utimes(join(folder, '.old.tmp'), TWO_HOURS_AGO, TWO_HOURS_AGO);
  await store.writeManifest(user, manifest(10), '9');
  const left = await readdir(folder);
  expect(left).toContain('.new.tmp');
  expect(left).not.toContain('.old.tmp');
  expect((await stat(join(folder, 'manifest.5.json'))).size).toBe(0);
});

test('a folder that cannot be used is unavailable, not empty', async () => {
  const { root, store } = await newStore();
  await writeFile(join(root, 'users'), 'a file is in the way');
  const file = await temporaryFile('x');
  const failing = [
    () => store.readManifest(user),
    () => store.earlierManifests(user),
    () => store.writeManifest(user, manifest(1), noRevision),
    () => store.putArchive({ user, session }, file),
  ];
  for (const attempt of failing) {
    await expect(attempt()).rejects.toMatchObject({ code: 'store_unavailable', retry: { kind: 'retryable' } });
  }
});

test('a disk that takes no more is unavailable, and the last version stands', async () => {
  const { root, folder, store } = await filledStore(1);
  // Files may not grow in there, which is what a full disk looks like to a process.
  const writer = [process.execPath, WRITER, root, user, '1', '1'];
  const writing = promisify(execFile)('bash', ['-c', 'ulimit -f 0; exec "$@"', 'bash', ...writer]);
  await expect(writing).rejects.toThrow(/store_unavailable.*EFBIG/s);
  expect(await readdir(folder)).toEqual(['manifest.1.json']);
  expect(await store.readManifest(user)).toMatchObject({ manifest: manifest(1) });
});

test('what is no user key becomes no path', async () => {
  const { store } = await newStore();
  await expect(store.readManifest('..:..')).rejects.toThrow('user key');
});

async function newStore() {
  const root = await mkdtemp(join(tmpdir(), 'runnel-state-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  return { root, folder: join(root, 'users', 'T1', 'U1'), store: folderSessionStore(root) };
}

/** With so many manifests written, numbered from 1. */
async function filledStore(writes: number) {
  const made = await newStore();
  let revision = noRevision;
  for (let write = 1; write <= writes; write += 1) {
    revision = await made.store.writeManifest(user, manifest(write), revision);
  }
  return made;
}

async function writtenBeside(folder: string, content: unknown): Promise<string> {
  const file = join(folder, `.${randomUUID()}.tmp`);
  await writeFile(file, JSON.stringify(content));
  return file;
}

async function manifestsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.startsWith('manifest.')).toSorted();
}

async function archivesIn(folder: string): Promise<string[]> {
  return (await readdir(archivesFolder(folder, session))).toSorted();
}
