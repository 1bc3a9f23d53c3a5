// The forge on GitHub: repositories in an organization, or any other one that Runnel's App or token may read.
import { RunnelError } from '@runnel/shared';
import type { Forge, Repository } from './forge.ts';
import { openGithub, pageHost, type GithubAccess, type GithubRepository } from './github-api.ts';
import { githubCredentials } from './github-credentials.ts';
import { ownGithubRepository } from './github-own-repository.ts';
import { openGithubPullRequest } from './github-pull-requests.ts';
import { orRefused } from './github-refusal.ts';
import { ownerMarksIn } from './owner-mark.ts';
import { readRepositoryName } from './read-repository-name.ts';

export type GithubForgeOptions = GithubAccess & {
  readonly organization: string;
  /** `owner/name`; empty for none. */
  readonly template: string;
};

export function githubForge({ organization, template, ...access }: GithubForgeOptions): Forge {
  const api = openGithub(access);
  const host = pageHost(access.apiUrl);
  const credentials = githubCredentials(api, access.identity);
  const own = { api, organization, template: readRepositoryName(template, host) };
  const described = async (found: GithubRepository): Promise<Repository> => ({
    id: String(found.id),
    name: found.full_name,
    url: found.clone_url,
    defaultBranch: found.default_branch,
    ...(found.archived
      ? { mayPush: false, readOnly: 'it is archived' }
      : { mayPush: await credentials.mayPush(found) }),
    ownedBy: ownerMarksIn([...(found.topics ?? []), found.description ?? '']),
  });
  return {
    name: 'github',
    ownRepository: (person) =>
      orRefused(`the organization ${organization}`, async () => described(await ownGithubRepository(own, person))),

    async findRepository(text) {
      const named = readRepositoryName(text, host);
      // What a person wrote is not repeated: a token may stand in it.
      if (named === undefined) {
        const message = `That names no repository of ${host}: write owner/name, or the address of its page.`;
        throw new RunnelError('repository_unknown', message);
      }
      return orRefused(`the repository ${named.owner}/${named.repo}`, async () => {
        const { data } = await api.repos.get(named);
        return described(data);
      });
    },

    credential: ({ id, name }) => orRefused(`the repository ${name}`, () => credentials.for(Number(id))),

    openPullRequest: (draft) =>
      orRefused(`a pull request in ${draft.repository.name}`, () => openGithubPullRequest(api, draft)),
  };
}
