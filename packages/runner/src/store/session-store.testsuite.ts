// What every session store promises, run by each adapter's own test.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SessionKey, UserKey } from '@runnel/shared';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type ArchiveRef, type Manifest, noRevision, type SessionStore } from './session-store.ts';

export type ArchivePlace = { readonly user: UserKey; readonly session: SessionKey; readonly archive: ArchiveRef };

export type StoreUnderTest = {
  readonly store: SessionStore;
  /** Flips one byte of what is kept. */
  damageArchive(at: ArchivePlace): Promise<void>;
  removeArchive(at: ArchivePlace): Promise<void>;
  /** So many writers at once, each adding one to the manifest's write number so many times, whatever it takes. */
  contend(user: UserKey, writers: number, times: number): Promise<void>;
};

const user: UserKey = 'T1:U1';
const session: SessionKey = 'T1:D1:1.0';

export function describeSessionStore(name: string, create: () => Promise<StoreUnderTest>): void {
  describe(`the ${name} session store`, () => {
    let under: StoreUnderTest;
    let store: SessionStore;
    beforeEach(async () => {
      under = await create();
      ({ store } = under);
    });

    test('has no manifest before the first write, and the written one after it', async () => {
      expect(await store.readManifest(user)).toBeUndefined();
      expect(await store.earlierManifests(user)).toEqual([]);
      const revision = await store.writeManifest(user, manifest(1), noRevision);
      expect(await store.readManifest(user)).toEqual({ manifest: manifest(1), revision, unreadable: 0 });
      expect(await store.readManifest('T1:U2')).toBeUndefined();
    });

    test('writes only over the very revision that is the newest', async () => {
      const first = await store.writeManifest(user, manifest(1), noRevision);
      const second = await store.writeManifest(user, manifest(2), first);
      for (const over of [noRevision, first, `${second}99`]) {
        await expect(store.writeManifest(user, manifest(3), over)).rejects.toMatchObject({ code: 'store_conflict' });
      }
      expect(await store.readManifest(user)).toMatchObject({ manifest: manifest(2), revision: second });
    });

    test('says conflict to a write whose answer was lost, and shows that very write', async () => {
      const first = await store.writeManifest(user, manifest(1), noRevision);
      await store.writeManifest(user, manifest(2), first);
      await expect(store.writeManifest(user, manifest(2), first)).rejects.toMatchObject({ code: 'store_conflict' });
      const standing = await store.readManifest(user);
      expect(standing?.manifest).toEqual(manifest(2));
      await store.writeManifest(user, manifest(3), standing?.revision ?? '');
    });

    test('a writer that is far behind gets a conflict, however many versions are gone', async () => {
      const first = await store.writeManifest(user, manifest(1), noRevision);
      let revision = first;
      for (let write = 2; write <= 12; write += 1) {
        revision = await store.writeManifest(user, manifest(write), revision);
      }
      for (const over of [noRevision, first]) {
        await expect(store.writeManifest(user, manifest(99), over)).rejects.toMatchObject({ code: 'store_conflict' });
      }
      expect((await store.readManifest(user))?.manifest).toEqual(manifest(12));
    });

    test('loses no write of many writers at once', async () => {
      await store.writeManifest(user, manifest(0), noRevision);
      await under.contend(user, 20, 2);
      expect((await store.readManifest(user))?.manifest).toEqual(manifest(40));
    });

    test('keeps earlier manifests, newest first, without the current one', async () => {
      let revision = noRevision;
      for (let write = 1; write <= 4; write += 1) revision = await store.writeManifest(user, manifest(write), revision);
      expect(await store.earlierManifests(user)).toEqual([manifest(3), manifest(2), manifest(1)]);
    });

    test('names an archive by its SHA-256 and brings it back', async () => {
      const content = Buffer.from('some archive \0\xff', 'latin1');
      const file = await temporaryFile(content);
      const archive = await store.putArchive({ user, session }, file);
      expect(archive).toEqual({ digest: createHash('sha256').update(content).digest('hex'), bytes: content.length });
      expect(await store.putArchive({ user, session }, file)).toEqual(archive);
      expect(await readFile(await fetched({ user, session, archive }))).toEqual(content);
    });

    test('gives an archive only to its own person and session', async () => {
      const archive = await store.putArchive({ user, session }, await temporaryFile('secret'));
      for (const other of [
        { user, session: 'T1:D1:2.0' as const },
        { user: 'T1:U2' as const, session },
      ]) {
        await expect(fetched({ ...other, archive })).rejects.toMatchObject({ code: 'store_corrupt' });
      }
    });

    test('a damaged archive is never handed out as a whole one', async () => {
      const archive = await store.putArchive({ user, session }, await temporaryFile('a'.repeat(1_000)));
      await under.damageArchive({ user, session, archive });
      await expect(fetched({ user, session, archive })).rejects.toMatchObject({ code: 'store_corrupt' });
    });

    test('a missing archive, and one that is named by no digest, are corrupt', async () => {
      const archive = await store.putArchive({ user, session }, await temporaryFile('here'));
      await expect(fetched({ user, session, archive: { ...archive, bytes: 5 } })).rejects.toMatchObject({
        code: 'store_corrupt',
      });
      await under.removeArchive({ user, session, archive });
      for (const digest of [archive.digest, '../../manifest', '']) {
        await expect(fetched({ user, session, archive: { digest, bytes: 4 } })).rejects.toMatchObject({
          code: 'store_corrupt',
        });
      }
    });

    test('forgets all but the newest manifest and what that names, of that person alone', async () => {
      const keep = (content: string, of = user): Promise<ArchiveRef> =>
        temporaryFile(content).then((file) => store.putArchive({ user: of, session }, file));
      const [old, named, ofOther] = [await keep('old'), await keep('named'), await keep('other', 'T1:U12')];
      const first = await store.writeManifest(user, manifest(1, old), noRevision);
      await store.writeManifest('T1:U12', manifest(1, ofOther), noRevision);
      const revision = await store.writeManifest(user, manifest(2, named), first);
      await expect(store.forgetAllBut(user, first)).rejects.toMatchObject({ code: 'store_conflict' });
      await fetched({ user, session, archive: old });
      for (let times = 0; times < 2; times += 1) await store.forgetAllBut(user, revision);
      expect(await store.readManifest(user)).toEqual({ manifest: manifest(2, named), revision, unreadable: 0 });
      expect((await store.earlierManifests(user)).flatMap(({ sessions }) => Object.keys(sessions))).toEqual([]);
      await expect(fetched({ user, session, archive: old })).rejects.toMatchObject({ code: 'store_corrupt' });
      await fetched({ user, session, archive: named });
      await fetched({ user: 'T1:U12', session, archive: ofOther });
      expect((await store.readManifest('T1:U12'))?.manifest).toEqual(manifest(1, ofOther));
      // Whoever is far behind still finds its number taken.
      await expect(store.writeManifest(user, manifest(3), first)).rejects.toMatchObject({ code: 'store_conflict' });
      expect((await store.readManifest(user))?.manifest).toEqual(manifest(2, named));
    });

    async function fetched(at: ArchivePlace): Promise<string> {
      const file = await temporaryFile('something else that stood there');
      await store.getArchive(at, file);
      return file;
    }
  });
}

export function manifest(write: number, archive?: ArchiveRef): Manifest {
  return {
    v: 1,
    writer: { generation: '1', owner: 'pod', write },
    sessions: {
      [session]: { provider: 'shell', covered: [], updatedAt: 1, ...(archive === undefined ? {} : { archive }) },
    },
  };
}

export async function temporaryFile(content: string | Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-store-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, randomUUID());
  await writeFile(file, content);
  return file;
}

/** One writer of `contend`. */
export async function addToManifest(store: SessionStore, owner: UserKey, times: number): Promise<void> {
  for (let done = 0; done < times;) {
    const read = await store.readManifest(owner);
    if (read === undefined) throw new Error('there is no manifest');
    try {
      await store.writeManifest(owner, manifest(read.manifest.writer.write + 1), read.revision);
      done += 1;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'store_conflict')) throw error;
    }
  }
}
