// Removes what nobody needs any more of one person's folder: old versions, archives that none of the kept ones names,
// and what a crash left half written.
import { rmdirSync, rmSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { archivesFolder } from './folder-archives.ts';
import { pruneVersions, readVersions } from './folder-manifests.ts';
import { namedArchives } from './named-archives.ts';
import type { Manifest } from './session-store.ts';
import { archiveFileName } from './store-layout.ts';

/** An archive is written before the manifest that names it; a half-written file may still be in the making. */
const KEPT_MS = 3_600_000;

/** `now` in milliseconds since the epoch. */
export async function pruneFolder(folder: string, now: number): Promise<void> {
  await pruneVersions(folder, now);
  for (const name of await readdir(folder)) if (name.endsWith('.tmp')) removeIfOld(join(folder, name), now);
  const { versions, readable } = await readVersions(folder);
  // Nobody knows what one that cannot be read refers to.
  if (readable.length < versions.length) return;
  const named = new Set(
    archivesNamed(
      folder,
      readable.map((one) => one.manifest),
    ),
  );
  for (const file of await listArchives(join(folder, 'sessions'))) {
    if (!named.has(file) && removeIfOld(file, now)) removeIfEmpty(dirname(file));
  }
}

/** Files of them, half-written ones too. */
export async function listArchives(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

export function archivesNamed(folder: string, manifests: readonly Manifest[]): string[] {
  return namedArchives(manifests).map(([session, { digest }]) =>
    join(archivesFolder(folder, session), archiveFileName(digest)),
  );
}

function removeIfOld(file: string, now: number): boolean {
  return removeIfBefore(file, now - KEPT_MS);
}

/** Unless somebody wrote or touched it at that time or later, in milliseconds since the epoch. */
export function removeIfBefore(file: string, at: number): boolean {
  const { mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: at };
  const isOld = mtimeMs < at;
  if (isOld) rmSync(file, { force: true });
  return isOld;
}

/** Whoever makes it again meanwhile finds it gone and tries again. */
export function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Another archive of the session is in it.
  }
}
