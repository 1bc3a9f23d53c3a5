// Removes all that one person's folder keeps but the newest manifest and what that names. Whoever is paused in here and goes on after
// somebody else's turn removes nothing of theirs: only what was there before.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { emptyOtherVersions } from './folder-manifests.ts';
import { archivesNamed, listArchives, removeIfBefore, removeIfEmpty } from './folder-pruning.ts';

/** Throws `store_conflict` unless `revision` is the newest one. */
export async function forgetFolder(folder: string, revision: number): Promise<void> {
  // A moment later: what was written last has that very time.
  const at = Date.now() + 1;
  const archives = await listArchives(join(folder, 'sessions'));
  const halfWritten = (await readdir(folder)).filter((name) => name.endsWith('.tmp')).map((name) => join(folder, name));
  // Looked at after the listing: whatever a successor wrote is newer than its manifest.
  const named = new Set(archivesNamed(folder, [await emptyOtherVersions(folder, revision)]));
  for (const file of [...archives, ...halfWritten]) {
    if (!named.has(file) && removeIfBefore(file, at) && file !== folder) removeIfEmpty(dirname(file));
  }
}
