// The session store in a bucket, through Google's client, on a server that honours what an upload says of generations.
// That server lets every removal pass, whatever it says: what is safe here is safe by uploads alone.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { bucketSessionStore } from '@runnel/runner/serving';
import {
  addToManifest,
  archiveFileName,
  describeSessionStore,
  manifest,
  noRevision,
  sessionPath,
  temporaryFile,
  userPath,
  type ArchivePlace,
} from '@runnel/runner/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startBucket, type TestBucket } from './start-bucket.ts';

const user = 'T1:U1';
const session = 'T1:D1:1.0';
const path = `${userPath(user)}/manifest.json`;
const HOUR_MS = 3_600_000;

let bucket: TestBucket;
beforeAll(async () => {
  bucket = await startBucket();
});
afterAll(() => bucket[Symbol.asyncDispose]());
beforeEach(async () => {
  bucket.treat = () => undefined;
  // The emulator forgets versions with their object.
  await bucket.objects.deleteFiles({ force: true, versions: true });
});

const open = (now: () => number = Date.now) => bucketSessionStore({ bucket: bucket.name, apiUrl: bucket.url, now });
const objectOf = ({ user: owner, session: thread, archive }: ArchivePlace) =>
  bucket.objects.file(`${userPath(owner)}/${sessionPath(thread)}/${archiveFileName(archive.digest)}`);

describeSessionStore('bucket', async () => ({
  store: open(),
  async damageArchive(at) {
    const [content] = await objectOf(at).download();
    content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
    await objectOf(at).save(content);
  },
  removeArchive: async (at) => void (await objectOf(at).delete()),
  async contend(owner, writers, times) {
    await Promise.all(Array.from({ length: writers }, () => addToManifest(open(), owner, times)));
  },
}));

test.each(['{"v":1,"writer', '', '{"v":2}', 'null'])(
  'a newest manifest of %j is passed over for the one before',
  async (content) => {
    const store = open();
    const first = await store.writeManifest(user, manifest(1), noRevision);
    await store.writeManifest(user, manifest(2), first);
    await bucket.objects.file(path).save(content);
    const read = await store.readManifest(user);
    expect(read).toMatchObject({ manifest: manifest(2), unreadable: 1 });
    expect(await store.earlierManifests(user)).toEqual([manifest(1)]);
    const revision = await store.writeManifest(user, manifest(3), read?.revision ?? '');
    expect(await store.readManifest(user)).toEqual({ manifest: manifest(3), revision, unreadable: 0 });
  },
);

describe('a write', () => {
  test('that meets a burst of 503 is repeated, and done once', async () => {
    const store = open();
    let refused = 0;
    bucket.treat = ({ method }) =>
      method === 'POST' && (refused += 1) <= 2 ? { kind: 'answer', status: 503 } : undefined;
    const revision = await store.writeManifest(user, manifest(1), noRevision);
    expect(refused).toBe(3);
    expect(await store.readManifest(user)).toEqual({ manifest: manifest(1), revision, unreadable: 0 });
  });

  test('whose answer was lost is a conflict that shows that very write, never a second one', async () => {
    const store = open();
    const first = await store.writeManifest(user, manifest(1), noRevision);
    let lost = 0;
    bucket.treat = ({ method }) => (method === 'POST' && (lost += 1) === 1 ? { kind: 'lose' } : undefined);
    await expect(store.writeManifest(user, manifest(2), first)).rejects.toMatchObject({ code: 'store_conflict' });
    expect(lost).toBe(2);
    expect((await store.readManifest(user))?.manifest).toEqual(manifest(2));
    expect(await store.earlierManifests(user)).toEqual([manifest(1)]);
  });

  test('that is refused says why, and may be tried again', async () => {
    bucket.treat = ({ method }) => (method === 'POST' ? { kind: 'answer', status: 403 } : undefined);
    await expect(open().writeManifest(user, manifest(1), noRevision)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('as the test wants it'),
      retry: { kind: 'retryable' },
    });
  });

  test('to a bucket that is not there says so', async () => {
    const store = bucketSessionStore({ bucket: 'nowhere', apiUrl: bucket.url });
    for (const attempt of [() => store.writeManifest(user, manifest(1), noRevision), () => store.readManifest(user)]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('The bucket nowhere cannot be used: there is none of that name.'),
      });
    }
  });
});

describe('an archive', () => {
  test('that is there already is not uploaded again', async () => {
    const store = open();
    const file = await temporaryFile('content');
    await store.putArchive({ user, session }, file);
    const before = uploads();
    await store.putArchive({ user, session }, file);
    expect(uploads()).toBe(before);
  });

  test('that somebody cut short is uploaded again', async () => {
    const store = open();
    const file = await temporaryFile('content');
    const archive = await store.putArchive({ user, session }, file);
    await objectOf({ user, session, archive }).save('con');
    await store.putArchive({ user, session }, file);
    const [content] = await objectOf({ user, session, archive }).download();
    expect(content.toString()).toBe('content');
  });

  test('whose upload was answered to nobody is there', async () => {
    const store = open();
    let lost = 0;
    bucket.treat = ({ method }) => (method === 'POST' && (lost += 1) === 1 ? { kind: 'lose' } : undefined);
    const archive = await store.putArchive({ user, session }, await temporaryFile('content'));
    expect(lost).toBe(2);
    expect(await objectOf({ user, session, archive }).exists()).toEqual([true]);
  });

  // Google's server would take the rest of it; this one takes what came for all of it.
  test('of many megabytes whose upload is cut in the middle is whole when it is put again', async () => {
    const store = open();
    const content = randomBytes(12 * 1024 ** 2);
    const source = await temporaryFile(content);
    let parts = 0;
    bucket.treat = ({ method }) =>
      method === 'PUT' && (parts += 1) === 2 ? { kind: 'cut', afterBytes: 1024 ** 2 } : undefined;
    await expect(store.putArchive({ user, session }, source)).rejects.toMatchObject({ code: 'store_unavailable' });
    const archive = await store.putArchive({ user, session }, source);
    expect(parts).toBeGreaterThanOrEqual(4);
    const file = await temporaryFile('');
    await store.getArchive({ user, session, archive }, file);
    expect((await readFile(file)).equals(content)).toBe(true);
  });

  test('goes when no kept manifest names it and it is older than an hour', async () => {
    const [store, later] = [open(), open(() => Date.now() + 2 * HOUR_MS)];
    const put = async (content: string) => store.putArchive({ user, session }, await temporaryFile(content));
    const [whole, layer, old] = [await put('whole'), await put('layer'), await put('old')];
    const named = { ...layer, base: whole };
    const names = async () => {
      const [files] = await bucket.objects.getFiles({ prefix: `${userPath(user)}/sessions/` });
      return files.map(({ name }) => name).toSorted();
    };
    const nameOf = (archive: ArchivePlace['archive']) => objectOf({ user, session, archive }).name;
    const kept = [nameOf(layer), nameOf(whole)].toSorted();
    // Not yet old.
    let revision = await store.writeManifest(user, manifest(1, named), noRevision);
    expect(await names()).toEqual([...kept, nameOf(old)].toSorted());
    revision = await later.writeManifest(user, manifest(2, named), revision);
    await expect.poll(names).toEqual(kept);
    // Earlier manifests name it still, until they are too many.
    for (let write = 3; write <= 7; write += 1) revision = await store.writeManifest(user, manifest(write), revision);
    await open(() => Date.now() + 2 * HOUR_MS).writeManifest(user, manifest(8), revision);
    await expect.poll(names).toEqual([]);
  });

  test('goes with its generation, or the bucket would keep it as an earlier one', async () => {
    const store = open(() => Date.now() + 2 * HOUR_MS);
    const archive = await store.putArchive({ user, session }, await temporaryFile('named by nothing'));
    const [{ generation }] = await objectOf({ user, session, archive }).getMetadata();
    const before = bucket.calls.length;
    const deletions = () => bucket.calls.slice(before).filter(({ method }) => method === 'DELETE');
    await store.writeManifest(user, manifest(1), noRevision);
    await expect.poll(() => deletions().map(({ query }) => query.get('generation'))).toEqual([String(generation)]);
    expect(deletions().map(({ query }) => query.get('ifMetagenerationMatch'))).toEqual(['1']);
  });

  test('stays while a kept manifest cannot be read', async () => {
    const store = open(() => Date.now() + 2 * HOUR_MS);
    const archive = await store.putArchive({ user, session }, await temporaryFile('perhaps named by it'));
    await bucket.objects.file(path).save('rust');
    const read = await store.readManifest(user);
    await store.writeManifest(user, manifest(1), read?.revision ?? '');
    await expect.poll(() => bucket.calls.filter(({ query }) => query.has('versions')).length).toBeGreaterThan(2);
    expect(await objectOf({ user, session, archive }).exists()).toEqual([true]);
  });
});

function uploads(): number {
  return bucket.calls.filter(({ path: asked }) => asked.startsWith('/upload/')).length;
}
