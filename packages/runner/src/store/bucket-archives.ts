// Archives in a bucket, each under its SHA-256: an upload is there when it is whole, and nobody writes over it.
import type { Bucket, File } from '@google-cloud/storage';
import type { SessionKey } from '@runnel/shared';
import { codeOf, generationOf, NOT_FOUND, NOT_THAT_GENERATION } from './bucket-objects.ts';
import { corruptArchive, describeArchive, verifyArchive } from './describe-archive.ts';
import type { ArchiveRef } from './session-store.ts';
import { archiveFileName, sessionPath } from './store-layout.ts';

/** What is larger goes in parts of this size, and goes on with the part that was cut: a part is held in memory for that. */
const PART_BYTES = 8 * 1024 ** 2;
const SHA256 = /^[0-9a-f]{64}$/;

/** `person` is the path of all that is theirs. */
export function archivePath(person: string, session: string, { digest }: ArchiveRef): string {
  return `${person}/${sessionPath(session)}/${archiveFileName(digest)}`;
}

export async function keepArchive(
  bucket: Bucket,
  at: { person: string; session: SessionKey },
  file: string,
): Promise<ArchiveRef> {
  const archive = await describeArchive(file);
  const target = bucket.file(archivePath(at.person, at.session, archive));
  const found = await lookAt(target);
  if (found?.bytes === archive.bytes && (await touch(target))) return archive;
  try {
    await bucket.upload(file, {
      destination: target,
      ...(archive.bytes > PART_BYTES ? { resumable: true, chunkSize: PART_BYTES } : { resumable: false }),
      preconditionOpts: { ifGenerationMatch: found?.generation ?? '0' },
    });
  } catch (error) {
    // Somebody put the same there, perhaps a try of ours whose answer was lost.
    if (codeOf(error) !== NOT_THAT_GENERATION || (await lookAt(target))?.bytes !== archive.bytes) throw error;
  }
  return archive;
}

export async function fetchArchive(
  bucket: Bucket,
  wanted: { person: string; session: SessionKey; archive: ArchiveRef },
  file: string,
): Promise<void> {
  const { person, session, archive } = wanted;
  if (!SHA256.test(archive.digest)) throw corruptArchive('is named by no digest');
  try {
    // By our own digest, below.
    await bucket.file(archivePath(person, session, archive)).download({ destination: file, validation: false });
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) throw corruptArchive('is missing', error);
    throw error;
  }
  await verifyArchive(file, archive);
}

async function lookAt(file: File): Promise<{ bytes: number; generation: string } | undefined> {
  try {
    const [{ size }] = await file.getMetadata();
    return { bytes: Number(size), generation: generationOf(file) };
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return undefined;
    throw error;
  }
}

/** It counts as new from now on, so that nothing removes it before a manifest names it. Resolves to whether it is still there. */
async function touch(file: File): Promise<boolean> {
  try {
    await file.setMetadata({ metadata: { 'runnel-touched': new Date().toISOString() } });
    return true;
  } catch (error) {
    if (codeOf(error) === NOT_FOUND) return false;
    throw error;
  }
}
