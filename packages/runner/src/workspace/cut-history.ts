// A history that ends before its beginning: git keeps where in a file `shallow`, and takes those commits for ones without parents.
// A checkout ends where its mirror ends, whose objects it borrows. Git's own `clone --shared` borrows nothing from such a repository.
import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { git, type GitPlace } from './git-place.ts';

export async function isCut(place: GitPlace): Promise<boolean> {
  return stat(join(place.gitDir, 'shallow')).then(
    () => true,
    () => false,
  );
}

/** The mirror may have got more, or all of it, since. */
export async function endWith(mirror: GitPlace, { gitDir }: GitPlace): Promise<void> {
  const file = join(gitDir, 'shallow');
  if (!(await isCut(mirror))) return rm(file, { force: true });
  await copyFile(join(mirror.gitDir, 'shallow'), `${file}.new`);
  await rename(`${file}.new`, file);
}

/** What is asked of a forge, for a mirror as it stands. */
export type Extent = { readonly options: readonly string[]; readonly refs: readonly string[] };

/** Each tag would be one more history to cut, down to the first release. */
const BRANCHES = ['refs/heads/*'];
export const ALL = [...BRANCHES, 'refs/tags/*'];

/**
 * `depth` in commits; 0 is all. A mirror that has something goes on from where it ends: cut anew it would hide what threads stand on.
 */
export async function decideExtent(mirror: GitPlace, depth: number): Promise<Extent> {
  const isEmpty = (await git(mirror, ['for-each-ref', '--count=1', 'refs/heads'])) === '';
  if (isEmpty) return depth > 0 ? { options: [`--depth=${depth}`], refs: BRANCHES } : { options: [], refs: ALL };
  if (!(await isCut(mirror))) return { options: [], refs: ALL };
  // It was cut by an earlier setting.
  return depth > 0 ? { options: [], refs: BRANCHES } : { options: ['--unshallow'], refs: ALL };
}
