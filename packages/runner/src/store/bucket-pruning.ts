// Removes archives that none of a person's kept manifests names.
import type { Bucket } from '@google-cloud/storage';
import { archivePath } from './bucket-archives.ts';
import { readVersions } from './bucket-manifests.ts';
import { removeGeneration } from './bucket-objects.ts';
import { namedArchives } from './named-archives.ts';
import type { Manifest } from './session-store.ts';

/** An archive is uploaded before the manifest that names it. */
const KEPT_MS = 3_600_000;

/** `now` in milliseconds since the epoch. */
export async function pruneBucket(
  bucket: Bucket,
  { person, manifest }: { person: string; manifest: string },
  now: number,
): Promise<void> {
  const { revisions, readable } = await readVersions(bucket, manifest);
  // Nobody knows what one that cannot be read refers to.
  if (readable.length < revisions.length) return;
  const named = new Set(
    archivesNamed(
      person,
      readable.map((one) => one.manifest),
    ),
  );
  const [files] = await bucket.getFiles({ prefix: `${person}/sessions/` });
  for (const file of files) {
    const isOld = Date.parse(file.metadata.updated ?? '') < now - KEPT_MS;
    if (isOld && !named.has(file.name)) await removeGeneration(bucket, file);
  }
}

export function archivesNamed(person: string, manifests: readonly Manifest[]): string[] {
  return namedArchives(manifests).map(([session, archive]) => archivePath(person, session, archive));
}
