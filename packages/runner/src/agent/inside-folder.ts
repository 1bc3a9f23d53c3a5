// Whether files are within a folder, wherever links lead.
import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative } from 'node:path';

/** False of none. The paths are absolute. */
export async function areInside(paths: readonly string[], folder: string): Promise<boolean> {
  const root = await realpath(folder);
  for (const path of paths) {
    const way = relative(root, await realpathOfNearest(path));
    if (way.startsWith('..') || isAbsolute(way)) return false;
  }
  return paths.length > 0;
}

/** Of what is not there yet the folder that it will lie in. */
async function realpathOfNearest(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  return real ?? realpathOfNearest(dirname(path));
}
