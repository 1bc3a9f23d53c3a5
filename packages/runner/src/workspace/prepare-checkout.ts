// Stage: a session's folder becomes a checkout of its branch, or is one again after a restore.
// Its objects are the mirror's but for what the thread itself adds: small to save, and no use without the mirror.
import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endWith, isCut } from './cut-history.ts';
import { askGit, git, type GitPlace } from './git-place.ts';
import { commitAt, makeFirstCommit } from './mirrors.ts';

export type Checkout = {
  readonly files: string;
  readonly mirror: GitPlace;
  readonly branch: string;
  /** Where the branch begins, unless the mirror has it already. */
  readonly base: string;
  /** Where it stands instead when that is lost; undefined: at the default branch. */
  readonly baseBranch: string | undefined;
  /** In whose name the agent commits, if it does. */
  readonly person: { readonly name: string; readonly email: string };
  /** The thread has no work yet: what lies in its folder is the rest of a try. */
  readonly isNew: boolean;
  /** Brings all of a history that is cut. Throws where the forge cannot be asked, and so what is lost cannot be known. */
  readonly fetchAll: () => Promise<void>;
};

export function checkoutPlace({ files, mirror }: Pick<Checkout, 'files' | 'mirror'>): GitPlace {
  return { path: mirror.path, gitDir: join(files, '.git'), workTree: files };
}

/** `partial`: new, without what submodules or Git LFS hold. `repaired`: there were files whose history could not be read; they are as they were, and `start` is what they stand on now. */
export type PreparedCheckout =
  | { readonly kind: 'ready' | 'partial' }
  | { readonly kind: 'repaired'; readonly start: string };

export async function prepareCheckout(checkout: Checkout): Promise<PreparedCheckout> {
  const { files, isNew, mirror, branch, base, baseBranch } = checkout;
  const place = checkoutPlace(checkout);
  if (!isNew && (await isCheckout(files))) {
    await shareObjects(checkout);
    await rm(join(place.gitDir, 'index.lock'), { force: true });
    if (await standsOn(checkout, place)) {
      await dropLost(place);
      await fetchMirror(mirror, place);
      return { kind: 'ready' };
    }
  }
  await rm(place.gitDir, { recursive: true, force: true });
  await begin(checkout, place);
  const known = (await commitAt(mirror, `refs/heads/${branch}`)) ?? (await commitAt(mirror, base));
  const start = known ?? (await newestCommit(mirror, baseBranch));
  // Files that stand there are not touched: what differs is a change to commit.
  await git(place, ['reset', '--quiet', isNew ? '--hard' : '--mixed', start]);
  // What came into the repository since is not ours to remove.
  if (known === undefined) await bringMissing(place);
  if (!isNew) return { kind: 'repaired', start };
  return { kind: (await isPartial(place)) ? 'partial' : 'ready' };
}

/** Where new branches begin: at that one, where it is there, or at the default one; in an empty repository, at a commit of ours. */
export async function newestCommit(mirror: GitPlace, baseBranch?: string): Promise<string> {
  const base = baseBranch === undefined ? undefined : await commitAt(mirror, `refs/heads/${baseBranch}`);
  return base ?? (await commitAt(mirror, 'HEAD')) ?? makeFirstCommit(mirror);
}

async function bringMissing(place: GitPlace): Promise<void> {
  const input = await git(place, ['ls-files', '-z', '--deleted']);
  const args = ['checkout', '--quiet', '--pathspec-from-file=-', '--pathspec-file-nul'];
  if (input !== '') await git(place, args, { input });
}

async function isPartial(place: GitPlace): Promise<boolean> {
  const search = ['grep', '--quiet', '--cached', 'filter=lfs', '--', ':(glob)**/.gitattributes'];
  const found = await Promise.all([
    askGit(place, ['ls-files', '--error-unmatch', '.gitmodules']),
    askGit(place, search),
  ]);
  return found.some((one) => one !== undefined);
}

/** A folder of that name, and no link: git is never sent elsewhere. */
export async function isCheckout(files: string): Promise<boolean> {
  return lstat(join(files, '.git')).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** From the mirror, which is on this machine. */
export async function fetchMirror(mirror: GitPlace, place: GitPlace): Promise<void> {
  await endWith(mirror, place);
  // A tag that was moved on the forge follows it. Said as a refspec, tags would be pruned too: the agent's own.
  await git(place, ['fetch', '--quiet', '--no-write-fetch-head', '--prune', '--tags', '--force', 'origin']);
}

async function begin(checkout: Checkout, place: GitPlace): Promise<void> {
  const { branch, mirror, person } = checkout;
  await mkdir(place.gitDir, { recursive: true, mode: 0o700 });
  await git(place, ['init', '--quiet', '--template=', `--initial-branch=${branch}`]);
  await shareObjects(checkout);
  const settings = {
    'remote.origin.url': mirror.gitDir,
    'remote.origin.fetch': '+refs/heads/*:refs/remotes/origin/*',
    'user.name': person.name,
    'user.email': person.email,
    'gc.auto': '0',
  };
  for (const [name, value] of Object.entries(settings)) await git(place, ['config', '--local', name, value]);
  await fetchMirror(mirror, place);
}

/** Branches of others that were removed or written anew since: git fetches into nothing that names what is not there. */
async function dropLost(place: GitPlace): Promise<void> {
  const all = (await git(place, ['for-each-ref', '--format=%(objectname) %(refname) %(symref)'])).split('\n');
  // What names another ref, as `origin/HEAD` does, has nothing of its own to lose; git refuses to drop both at once.
  const listed = all.filter((line) => line.endsWith(' ')).map((line) => line.trimEnd());
  if (listed.length === 0) return;
  const input = listed.map((line) => line.replace(/ .*/, '')).join('\n');
  const found = (await git(place, ['cat-file', '--batch-check'], { input: `${input}\n` })).split('\n');
  const lost = listed.filter((_, index) => found[index]?.endsWith(' missing'));
  const orders = lost.map((line) => line.replace(/^\S+/, 'delete'));
  if (orders.length > 0) await git(place, ['update-ref', '--stdin'], { input: `${orders.join('\n')}\n` });
}

async function shareObjects({ mirror, files }: Checkout): Promise<void> {
  const info = join(files, '.git', 'objects', 'info');
  await mkdir(info, { recursive: true });
  await writeFile(join(info, 'alternates'), `${join(mirror.gitDir, 'objects')}\n`);
  await endWith(mirror, { ...mirror, gitDir: join(files, '.git') });
}

/** A thread that changed nothing in an empty repository stands on a commit that is in no forge: it is the same wherever it is made. */
async function standsOn({ mirror, fetchAll }: Checkout, place: GitPlace): Promise<boolean> {
  if (await isWhole(place)) return true;
  await makeFirstCommit(mirror);
  if (await isWhole(place)) return true;
  await fetchAll();
  await endWith(mirror, place);
  return isWhole(place);
}

/** Whether what it stands on can be read: commits and trees, of which the mirror has most. What is cut, to its end: that may be another one now. */
async function isWhole(place: GitPlace): Promise<boolean> {
  const isThere = async (...args: string[]): Promise<boolean> =>
    (await askGit(place, ['rev-list', '--quiet', ...args, 'HEAD'])) !== undefined;
  return (await isThere('--objects', '--max-count=1')) && (!(await isCut(place)) || isThere());
}
