// The session store in a folder, for one machine or a disk that several share:
// `users/<team>/<user>/manifest.<revision>.json` and `users/<team>/<user>/sessions/<hash of session>/<sha256>.tar.zst`.
import { join } from 'node:path';
import { retryable, RunnelError, type UserKey } from '@runnel/shared';
import { fetchArchive, keepArchive } from './folder-archives.ts';
import { forgetFolder } from './folder-forgetting.ts';
import { addVersion, readVersions } from './folder-manifests.ts';
import { pruneFolder } from './folder-pruning.ts';
import { noRevision, type Revision, type SessionStore } from './session-store.ts';
import { userPath } from './store-layout.ts';

/** `root` is made when it is first written to. Nothing else may write in it. */
export function folderSessionStore(root: string): SessionStore {
  const folderOf = (user: UserKey): string => join(root, userPath(user));
  return {
    readManifest: (user) =>
      orUnavailable(async () => {
        const { versions, readable } = await readVersions(folderOf(user));
        const [newest] = versions;
        if (newest === undefined) return undefined;
        const [current] = readable;
        const unreadable = current === undefined ? versions.length : versions.indexOf(current.version);
        const manifest = current?.manifest ?? { v: 1, writer: { generation: '', owner: '', write: 0 }, sessions: {} };
        return { manifest, revision: String(newest.revision), unreadable };
      }),

    writeManifest: (user, manifest, over) =>
      orUnavailable(async () => {
        const folder = folderOf(user);
        const revision = await addVersion(folder, manifest, numberOf(over));
        // What is not removed now is removed after the next write.
        await pruneFolder(folder, Date.now()).catch(() => undefined);
        return String(revision);
      }),

    earlierManifests: (user) =>
      orUnavailable(async () => {
        const { readable } = await readVersions(folderOf(user));
        return readable.slice(1).map(({ manifest }) => manifest);
      }),

    forgetAllBut: (user, revision) => orUnavailable(() => forgetFolder(folderOf(user), numberOf(revision))),

    putArchive: ({ user, session }, file) => orUnavailable(() => keepArchive(folderOf(user), session, file)),

    getArchive: ({ user, session, archive }, file) =>
      orUnavailable(() => fetchArchive(folderOf(user), { session, archive }, file)),
  };
}

function numberOf(revision: Revision): number {
  return revision === noRevision ? 0 : Number(revision);
}

/** Full, forbidden, gone: all of it may pass, and none of it is an answer. */
async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RunnelError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new RunnelError('store_unavailable', `The folder of saved sessions cannot be used: ${reason}`, {
      retry: retryable(1_000),
      cause: error,
    });
  }
}
