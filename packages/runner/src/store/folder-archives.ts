// Archives in a folder, each under its SHA-256: complete or not there at all, and never changed.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, utimesSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnelError, type SessionKey } from '@runnel/shared';
import { syncFile, syncFolder } from './folder-writing.ts';
import type { ArchiveRef } from './session-store.ts';

/** `folder` is the person's. */
export function archivesFolder(folder: string, session: string): string {
  return join(folder, 'sessions', createHash('sha256').update(session).digest('hex').slice(0, 32));
}

export function archiveFileName(digest: string): string {
  return `${digest}.tar.zst`;
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
  const { digest, bytes } = wanted.archive;
  try {
    await copyFile(join(archivesFolder(folder, wanted.session), archiveFileName(digest)), file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw corrupt('is missing', error);
    throw error;
  }
  const copied = await describeArchive(file);
  if (copied.digest === digest && copied.bytes === bytes) return;
  await rm(file, { force: true });
  throw corrupt('does not match its digest');
}

async function describeArchive(file: string): Promise<ArchiveRef> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { digest: hash.digest('hex'), bytes };
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

function corrupt(what: string, cause?: unknown): RunnelError {
  return new RunnelError('store_corrupt', `An archive ${what}.`, { cause });
}
