// The name of an archive is what is in it.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { RunnelError } from '@runnel/shared';
import type { ArchiveRef } from './session-store.ts';

export async function describeArchive(file: string): Promise<ArchiveRef> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 ** 2 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { digest: hash.digest('hex'), bytes };
}

/** Removes the file and throws `store_corrupt` where it is another one. */
export async function verifyArchive(file: string, { digest, bytes }: ArchiveRef): Promise<void> {
  const found = await describeArchive(file);
  if (found.digest === digest && found.bytes === bytes) return;
  await rm(file, { force: true });
  throw corruptArchive('does not match its digest');
}

export function corruptArchive(what: string, cause?: unknown): RunnelError {
  return new RunnelError('store_corrupt', `An archive ${what}.`, { cause });
}
