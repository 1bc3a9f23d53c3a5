// Files that another process may take away at any time: missing is an answer, everything else an error.
import { readdir, readFile } from 'node:fs/promises';

export async function readIfThere(path: string): Promise<string | undefined> {
  return unlessMissing(readFile(path, 'utf8'));
}

/** Empty for a folder that is not there. */
export async function listNames(folder: string): Promise<string[]> {
  return (await unlessMissing(readdir(folder))) ?? [];
}

export async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
