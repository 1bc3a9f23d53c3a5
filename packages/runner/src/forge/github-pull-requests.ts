// A branch's one open pull request: found, or made. Of two who press at once the second is told by GitHub that there is one.
import { RunnelError, retryable } from '@runnel/shared';
import type { PullRequest, PullRequestDraft } from './forge.ts';
import type { GithubApi } from './github-api.ts';
import { messageOf, statusOf } from './github-refusal.ts';

export async function openGithubPullRequest(api: GithubApi, draft: PullRequestDraft): Promise<PullRequest> {
  const { repository, branch, base, title, body } = draft;
  const [asOwner = '', asRepo = ''] = repository.name.split('/');
  // Whoever is at that name now, and in whose hands: branches are looked for by their owner.
  const { data } = await api.repos.get({ owner: asOwner, repo: asRepo });
  const at = { owner: data.owner.login, repo: data.name };
  const findOpen = async (): Promise<PullRequest | undefined> => {
    const { data: open } = await api.pulls.list({ ...at, state: 'open', head: `${at.owner}:${branch}` });
    return open.map(linkOf)[0];
  };
  const standing = await findOpen();
  if (standing !== undefined) return standing;
  try {
    const made = await api.pulls.create({ ...at, head: branch, base, title, body });
    return linkOf(made.data);
  } catch (error) {
    if (statusOf(error) !== 422 || !/already exists/i.test(messageOf(error))) throw error;
  }
  const other = await findOpen();
  if (other !== undefined) return other;
  throw new RunnelError('forge_unavailable', `GitHub does not show the pull request of ${branch} yet.`, {
    retry: retryable(),
  });
}

function linkOf({ html_url: url, number }: { html_url: string; number: number }): PullRequest {
  return { url, number };
}
