// Removes all that a bucket keeps of one person but the newest manifest and what that names, earlier generations included. Only what was
// listed goes, by its generation: of somebody who writes meanwhile nothing does.
import type { Bucket } from '@google-cloud/storage';
import { RunnelError } from '@runnel/shared';
import { readVersions } from './bucket-manifests.ts';
import { generationOf, removeGeneration } from './bucket-objects.ts';
import { archivesNamed } from './bucket-pruning.ts';
import type { Revision } from './session-store.ts';

/** Throws `store_conflict` unless `revision` is the newest one. */
export async function forgetInBucket(
  bucket: Bucket,
  { person, manifest }: { person: string; manifest: string },
  revision: Revision,
): Promise<void> {
  const [files] = await bucket.getFiles({ prefix: `${person}/`, versions: true });
  // Looked at after the listing: whatever a successor wrote is newer than its manifest.
  const { revisions, readable } = await readVersions(bucket, manifest);
  const [newest] = readable;
  if (revisions[0] !== revision || newest?.revision !== revision) {
    throw new RunnelError('store_conflict', `Generation ${revision} of the manifest is not the current one.`);
  }
  const named = new Set(archivesNamed(person, [newest.manifest]));
  for (const file of files) {
    const isKept = file.name === manifest ? generationOf(file) === revision : named.has(file.name);
    if (!isKept) await removeGeneration(bucket, file);
  }
}
