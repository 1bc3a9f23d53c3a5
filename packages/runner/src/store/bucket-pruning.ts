// Removes archives that none of a person's kept manifests names.
import type { Bucket, File } from '@google-cloud/storage';
import { archivePath } from './bucket-archives.ts';
import { readVersions } from './bucket-manifests.ts';
import { codeOf, generationOf, NOT_FOUND, NOT_THAT_GENERATION } from './bucket-objects.ts';
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
    if (!named.has(file.name) && Date.parse(file.metadata.updated ?? '') < now - KEPT_MS) await remove(file);
  }
}

export function archivesNamed(person: string, manifests: readonly Manifest[]): string[] {
  return namedArchives(manifests).map(([session, archive]) => archivePath(person, session, archive));
}

/** Unless it was touched since it was listed. */
async function remove(file: File): Promise<void> {
  const { metageneration = 0 } = file.metadata;
  try {
    await file.delete({ ifGenerationMatch: generationOf(file), ifMetagenerationMatch: metageneration });
  } catch (error) {
    if (![NOT_FOUND, NOT_THAT_GENERATION].includes(codeOf(error))) throw error;
  }
}
