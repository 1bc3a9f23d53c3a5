// Stage: where a thread's branch begins: at the default branch, or at the one that was asked for, which its pull request is then asked of.
import { RunnelError, type SessionKey } from '@runnel/shared';
import type { Repository } from '../forge/forge.ts';
import type { WorkRecord } from '../store/session-store.ts';
import { askGit, git, type GitPlace } from './git-place.ts';
import { commitAt } from './mirrors.ts';
import { newestCommit } from './prepare-checkout.ts';
import { threadBranch } from './thread-branch.ts';

export type Beginning = {
  readonly session: SessionKey;
  readonly repository: Repository;
  readonly mirror: GitPlace;
  readonly baseBranch: string | undefined;
};

export async function beginRecord({ session, repository, mirror, baseBranch }: Beginning): Promise<WorkRecord> {
  const { id, name, defaultBranch } = repository;
  const into = baseBranch === undefined || baseBranch === defaultBranch ? {} : { baseBranch };
  if (into.baseBranch !== undefined) await assertBranch(mirror, repository, into.baseBranch);
  const branch = threadBranch(session);
  const base = (await commitAt(mirror, `refs/heads/${branch}`)) ?? (await newestCommit(mirror, into.baseBranch));
  return { repository: id, name, branch, ...into, base, head: base, titles: [], summary: '' };
}

const MOST_NAMED = 10;

async function assertBranch(mirror: GitPlace, { name }: Repository, branch: string): Promise<void> {
  // Git takes `main~1` for a commit; a branch it is not.
  if ((await askGit(mirror, ['show-ref', '--verify', '--quiet', `refs/heads/${branch}`])) !== undefined) return;
  const listed = await git(mirror, [
    'for-each-ref',
    '--sort=-committerdate',
    '--format=%(refname:lstrip=2)',
    'refs/heads',
  ]);
  const others = listed.split('\n').filter((other) => other !== '' && !other.startsWith('runnel/'));
  const more = others.length > MOST_NAMED ? ` and ${others.length - MOST_NAMED} more` : '';
  const some = others.length === 0 ? 'none yet' : `${others.slice(0, MOST_NAMED).join(', ')}${more}`;
  throw new RunnelError('branch_unknown', `${name} has no branch of that name. It has ${some}.`);
}
