// What a repository could make OpenCode run without asking anybody: of its plugins no setting keeps it (1.18.33).
import { access } from 'node:fs/promises';
import { join } from 'node:path';

/** Where it looks for their names, or for themselves. */
const PLACES = ['.opencode', 'opencode.json', 'opencode.jsonc'];

/** The first place in these files that could name some. */
export async function findOpencodePlugins(files: string): Promise<string | undefined> {
  for (const place of PLACES) {
    const isThere = await access(join(files, place)).then(
      () => true,
      () => false,
    );
    if (isThere) return place;
  }
  return undefined;
}
