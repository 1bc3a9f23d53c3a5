// Archives in a folder, each under its SHA-256: complete or not there at all, and never changed.
import { randomUUID } from 'node:crypto';
import { utimesSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import { corruptArchive, describeArchive, verifyArchive } from './describe-archive.ts';
import { syncFile, syncFolder } from './folder-writing.ts';
import type { ArchiveRef } from './session-store.ts';
import { archiveFileName, sessionPath } from './store-layout.ts';

/** `folder` is the person's. */
export function archivesFolder(folder: string, session: string): string {
  return join(folder, sessionPath(session));
}

export async function keepArchive(folder: string, session: SessionKey, file: string): Promise<ArchiveRef> {
  const archive = await describeArchive(file);
  const own = archivesFolder(folder, session);
  const target = join(own, archiveFileName(archive.digest));
  if (await isThere(target, archive.bytes)) return archive;
  await mkdir(own, { recursive: true, mode: 0o700 });
  const temporary = join(own, `.${randomUUID()}.tmp`);
  try {
    await copyFile(file, temporary);
    await syncFile(temporary);
    await rename(temporary, target);
    await syncFolder(own);
  } finally {
    await rm(temporary, { force: true });
  }
  return archive;
}

export async function fetchArchive(
  folder: string,
  wanted: { session: SessionKey; archive: ArchiveRef },
  file: string,
): Promise<void> {
  const { digest } = wanted.archive;
  try {
    await copyFile(join(archivesFolder(folder, wanted.session), archiveFileName(digest)), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw corruptArchive('is missing', error);
    throw error;
  }
  await verifyArchive(file, wanted.archive);
}

/** One that is there counts as new from now on, so that nothing removes it before a manifest names it. */
async function isThere(target: string, bytes: number): Promise<boolean> {
  try {
    // Synchronous, like the look before a removal: within one process neither comes between the other's two steps.
    utimesSync(target, new Date(), new Date());
    return (await stat(target)).size === bytes;
  } catch {
    return false;
  }
}
