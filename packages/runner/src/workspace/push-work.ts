// Stage: a thread's commits go to its branch on the forge. Nothing is forced: what somebody else put there is rebased upon, or told.
import { RunnelError } from '@runnel/shared';
import type { Repository } from '../forge/forge.ts';
import { findSecrets, type FoundSecret } from './find-secrets.ts';
import { askGit, git, remoteWords, type GitPlace } from './git-place.ts';
import { commitAt, makeFirstCommit, type Mirrors } from './mirrors.ts';
import type { Person } from './person.ts';
import { fetchMirror } from './prepare-checkout.ts';
import { readAdded } from './read-added.ts';

export type Pushing = {
  readonly mirrors: Mirrors;
  readonly repository: Repository;
  readonly checkout: GitPlace;
  readonly branch: string;
  readonly person: Person;
  readonly signal: AbortSignal;
};

export type Pushed =
  | { readonly kind: 'pushed'; readonly head: string; readonly rebased: boolean }
  /** In a commit of the agent's own. */
  | { readonly kind: 'secret'; readonly found: readonly FoundSecret[] }
  | { readonly kind: 'conflict'; readonly paths: readonly string[] }
  /** In the forge's words. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Another time it may go. */
  | { readonly kind: 'away'; readonly why: string };

/** Others may push at the same time as we do; somebody who always wins is told. */
const MOST_TRIES = 3;

export async function pushWork(pushing: Pushing): Promise<Pushed> {
  const { repository } = pushing;
  const { name, mayPush, readOnly } = repository;
  const reason = readOnly === undefined ? '' : `: ${readOnly}`;
  if (!mayPush) return { kind: 'refused', why: `Runnel may not push to ${name}${reason}` };
  try {
    let rebased = false;
    for (let attempt = 1; attempt <= MOST_TRIES; attempt += 1) {
      const pushed = await pushOnce(pushing);
      if (pushed.kind !== 'behind') return pushed.kind === 'pushed' ? { ...pushed, rebased } : pushed;
      const conflicts = await rebase(pushing);
      if (conflicts !== undefined) return { kind: 'conflict', paths: conflicts };
      rebased = true;
    }
    return { kind: 'away', why: 'somebody else pushes to it at the same time' };
  } catch (error) {
    return failure(RunnelError.from(error));
  }
}

type Once =
  | { readonly kind: 'pushed'; readonly head: string }
  | { readonly kind: 'behind' }
  | Exclude<Pushed, { kind: 'pushed' }>;

async function pushOnce({ mirrors, repository, checkout, branch, signal }: Pushing): Promise<Once> {
  const mirror = mirrors.placeOf(repository.id);
  const ours = `refs/threads/${branch}`;
  await git(mirror, ['fetch', '--quiet', '--no-tags', checkout.workTree ?? checkout.gitDir, `+HEAD:${ours}`]);
  const head = await git(mirror, ['rev-parse', ours]);
  // Of a merge, what it changed itself.
  const known = ['--not', '--branches', '--glob=refs/bases/*'];
  const fresh = ['log', '--format=', '--patch', '--remerge-diff', ours, ...known];
  const found = await findSecrets(readAdded(mirror, fresh));
  if (found.length > 0) return { kind: 'secret', found };
  const target = `refs/heads/${branch}`;
  const first = await firstPush(mirrors, repository);
  const said = await mirrors.push(repository, [`${ours}:${target}`, ...first], signal);
  const line = said.out.split('\n').find((one) => one.includes(`:${target}\t`)) ?? '';
  if (!/^[ +*=-]\t/.test(line)) return decideRefusal(line, remoteWords(said));
  await git(mirror, ['update-ref', target, head]);
  await fetchMirror(mirror, checkout);
  return { kind: 'pushed', head };
}

/** An empty repository gets the branch that others begin at, too. */
async function firstPush(mirrors: Mirrors, { id, defaultBranch }: Repository): Promise<string[]> {
  const mirror = mirrors.placeOf(id);
  if ((await commitAt(mirror, `refs/heads/${defaultBranch}`)) !== undefined) return [];
  return [`${await makeFirstCommit(mirror)}:refs/heads/${defaultBranch}`];
}

function decideRefusal(line: string, words: readonly string[]): Once {
  if (/\[rejected\]/.test(line)) return { kind: 'behind' };
  const reason = /\(([^)]*)\)\s*$/.exec(line)?.[1] ?? 'it says no more than that';
  return { kind: 'refused', why: [reason, ...words].join(': ') };
}

/** Resolves to the paths in which it does not go together; then the checkout is as it was. */
async function rebase({
  mirrors,
  repository,
  checkout,
  branch,
  person,
  signal,
}: Pushing): Promise<readonly string[] | undefined> {
  const mirror = mirrors.placeOf(repository.id);
  const theirs = `refs/remotes/origin/${branch}`;
  await mirrors.fetchBranch(repository, branch, signal);
  await fetchMirror(mirror, checkout);
  if ((await askGit(checkout, ['merge-base', 'HEAD', theirs])) === undefined) {
    await mirrors.fetchAll(repository, signal);
    await fetchMirror(mirror, checkout);
  }
  const args = ['rebase', '--quiet', '--no-verify', '--autostash', theirs];
  const done = await git(checkout, args, { author: person }).then(
    () => true,
    () => false,
  );
  if (done) return undefined;
  const unmerged = (await askGit(checkout, ['diff', '--name-only', '--diff-filter=U', '-z'])) ?? '';
  await askGit(checkout, ['rebase', '--abort']);
  return unmerged.split('\0').filter((path) => path !== '');
}

function failure(error: RunnelError): Pushed {
  const why = error.rawMessage;
  return { kind: error.code === 'forge_unavailable' ? 'away' : 'refused', why };
}
