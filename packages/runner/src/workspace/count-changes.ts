// Stage: how much lies between two commits.
import { askGit, type GitPlace } from './git-place.ts';

export type Changes = { readonly files: number; readonly added: number; readonly removed: number };

/** As a forge counts: a file without lines is a file, one that was renamed is one file. Nothing where one of the two cannot be read. */
export async function countChanges(place: GitPlace, before: string, after: string): Promise<Changes> {
  const told = await askGit(place, ['diff', '--numstat', '--find-renames', '--no-ext-diff', before, after, '--']);
  const rows = (told ?? '').split('\n').filter((row) => row !== '');
  const sum = (column: number): number =>
    rows.reduce((total, row) => total + (Number(row.split('\t')[column]) || 0), 0);
  return { files: rows.length, added: sum(0), removed: sum(1) };
}
