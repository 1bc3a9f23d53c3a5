// What a commit leaves alone of what was changed: no forge would take it, or what the commit held would not be the file.
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as others } from 'node:timers/promises';
import { git, type GitPlace } from './git-place.ts';

/**
 * `too_large`: a file that no forge would take. `repository`: one within this one, of which a commit would hold a name alone.
 * `lfs`: a file that Git LFS would keep elsewhere, with a pointer to it in the commit; it is not here to do so.
 */
export type LeftAlone = { readonly path: string; readonly why: 'too_large' | 'repository' | 'lfs' };

/** A forge would refuse it, and a repository never forgets it. */
const LARGEST_FILE = 50 * 1024 ** 2;
/** Files that are looked at in a row before others have their turn: one by one they cost less than in threads. */
const LOOKS = 200;
const POINTER = Buffer.from('version https://git-lfs.github.com/spec/');

/** Of what git does not know yet, and for `lfs` of what it knows otherwise, too. */
export async function findLeftAlone(place: GitPlace, files: string): Promise<LeftAlone[]> {
  const changed = await listChanged(place);
  const kept = await keptByLfs(
    place,
    changed.flatMap(({ path }) => (path.endsWith('/') ? [] : [path])),
  );
  const leftAlone: LeftAlone[] = [];
  for (const [index, { path, isNew }] of changed.entries()) {
    if (index % LOOKS === LOOKS - 1) await others();
    const file = join(files, path);
    // Git looks into every other folder.
    if (path.endsWith('/')) leftAlone.push({ path, why: 'repository' });
    else if (kept.has(path)) leftAlone.push(...(isFileItself(file) ? [{ path, why: 'lfs' } as const] : []));
    else if (isNew && sizeOf(file) > LARGEST_FILE) leftAlone.push({ path, why: 'too_large' });
  }
  return leftAlone;
}

type Changed = { readonly path: string; readonly isNew: boolean };

async function listChanged(place: GitPlace): Promise<Changed[]> {
  const listed = await git(place, ['ls-files', '-z', '-t', '--others', '--modified', '--exclude-standard']);
  return listed.split('\0').flatMap((entry) => {
    const [tag, path] = [entry.slice(0, 1), entry.slice(2)];
    // What was deleted comes once more, as `R`.
    return tag === '?' || tag === 'C' ? [{ path, isNew: tag === '?' }] : [];
  });
}

/** By what `.gitattributes` say. */
async function keptByLfs(place: GitPlace, paths: readonly string[]): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const said = await git(place, ['check-attr', '-z', '--stdin', 'filter'], { input: paths.join('\0') });
  const fields = said.split('\0');
  return new Set(paths.filter((_, index) => fields[3 * index + 2] === 'lfs'));
}

/** Neither a pointer to it nor a link, and there. */
function isFileItself(file: string): boolean {
  if (sizeOf(file) === 0 || lstatSync(file).isSymbolicLink()) return false;
  const beginning = Buffer.alloc(POINTER.length);
  const descriptor = openSync(file, 'r');
  try {
    readSync(descriptor, beginning, 0, beginning.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return !beginning.equals(POINTER);
}

/** 0 for what is gone by now. */
function sizeOf(file: string): number {
  try {
    return lstatSync(file).size;
  } catch {
    return 0;
  }
}
