// The session store in a bucket of Google Cloud Storage:
// `users/<team>/<user>/manifest.json`, whose earlier versions the bucket keeps, and the archives beside it.
// What keeps two runners apart is the generation that an upload names; of a removal nothing depends.
import type { UserKey } from '@runnel/shared';
import { fetchArchive, keepArchive } from './bucket-archives.ts';
import { forgetInBucket } from './bucket-forgetting.ts';
import { readVersions, writeVersion } from './bucket-manifests.ts';
import { openBucket, orUnavailable, type BucketOptions } from './bucket-objects.ts';
import { pruneBucket } from './bucket-pruning.ts';
import { noRevision, type SessionStore } from './session-store.ts';
import { userPath } from './store-layout.ts';

/** Looking for what nobody needs is a call of its own, and hardly ever finds anything. */
const PRUNE_EVERY_MS = 3_600_000;

export type BucketStoreOptions = BucketOptions & {
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

export function bucketSessionStore({ now = Date.now, ...options }: BucketStoreOptions): SessionStore {
  const bucket = openBucket(options);
  const prunedAt = new Map<UserKey, number>();
  const manifestOf = (user: UserKey): string => `${userPath(user)}/manifest.json`;
  const prune = async (user: UserKey): Promise<void> => {
    if (now() - (prunedAt.get(user) ?? 0) < PRUNE_EVERY_MS) return;
    prunedAt.set(user, now());
    await pruneBucket(bucket, { person: userPath(user), manifest: manifestOf(user) }, now());
  };
  return {
    readManifest: (user) =>
      orUnavailable(bucket, async () => {
        const { revisions, readable } = await readVersions(bucket, manifestOf(user));
        const [revision] = revisions;
        if (revision === undefined) return undefined;
        const [current] = readable;
        const unreadable = current === undefined ? revisions.length : revisions.indexOf(current.revision);
        const manifest = current?.manifest ?? { v: 1, writer: { generation: '', owner: '', write: 0 }, sessions: {} };
        return { manifest, revision, unreadable };
      }),

    writeManifest: (user, manifest, over) =>
      orUnavailable(bucket, async () => {
        const written = { manifest, over: over === noRevision ? '0' : over };
        const revision = await writeVersion(bucket, manifestOf(user), written);
        // The turn does not wait for it; what is not removed now is removed another time.
        void prune(user).catch(() => undefined);
        return revision;
      }),

    earlierManifests: (user) =>
      orUnavailable(bucket, async () => {
        const { readable } = await readVersions(bucket, manifestOf(user));
        return readable.slice(1).map(({ manifest }) => manifest);
      }),

    forgetAllBut: (user, revision) =>
      orUnavailable(bucket, () =>
        forgetInBucket(bucket, { person: userPath(user), manifest: manifestOf(user) }, revision),
      ),

    putArchive: ({ user, session }, file) =>
      orUnavailable(bucket, () => keepArchive(bucket, { person: userPath(user), session }, file)),

    getArchive: ({ user, session, archive }, file) =>
      orUnavailable(bucket, () => fetchArchive(bucket, { person: userPath(user), session, archive }, file)),
  };
}
