// Removes a folder and all in it, also one in which somebody took the rights on folders away from us.
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** One that is not there is fine. */
export async function removeFolder(root: string): Promise<void> {
  try {
    await rm(root, { recursive: true, force: true });
  } catch {
    await giveRights(root);
    await rm(root, { recursive: true, force: true });
  }
}

async function giveRights(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await giveRights(join(folder, entry.name));
  }
}
