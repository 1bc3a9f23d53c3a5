// Where what is built or fetched once is kept: outside the tree, for every checkout of this person.
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheFolder() {
  const given = process.env.TOOLS_CACHE ?? '';
  return given === '' ? join(homedir(), '.cache', 'runnel') : given;
}
