// What git shows GitHub: the token that Runnel was given, or, of an App, one that is good for a single repository and an hour.
import { createAppAuth } from '@octokit/auth-app';
import type { GitCredential } from './forge.ts';
import { silent, type GithubApi, type GithubApp, type GithubIdentity, type GithubRepository } from './github-api.ts';
import { statusOf } from './github-refusal.ts';

export type GithubCredentials = {
  /** Undefined where git must do without: a public repository that the App is not installed for. */
  for(repositoryId: number): Promise<GitCredential | undefined>;
  /** What GitHub would say to a push. */
  mayPush(repository: GithubRepository): Promise<boolean>;
};

/** For App and token alike. */
const USERNAME = 'x-access-token';

/** A push of something large takes a while. */
const FRESH_MS = 10 * 60_000;

/** A token for more than the App may do is refused, so what is asked for gets less. */
const GRANTS = [{ contents: 'write', pull_requests: 'write' }, { contents: 'write' }, { contents: 'read' }] as const;

export function githubCredentials(api: GithubApi, identity: GithubIdentity): GithubCredentials {
  return 'token' in identity ? tokenCredentials(identity.token) : appCredentials(api, identity);
}

function tokenCredentials(token: string): GithubCredentials {
  return {
    for: () => Promise.resolve({ username: USERNAME, password: token }),
    mayPush: ({ permissions }) => Promise.resolve(permissions?.push ?? false),
  };
}

function appCredentials(api: GithubApi, app: GithubApp): GithubCredentials {
  // It keeps the tokens it got, by repository and grant.
  const auth = createAppAuth({ ...app, request: api.request, log: silent });
  const tokenFor = async (repositoryId: number) => {
    for (const permissions of GRANTS) {
      const wanted = { type: 'installation' as const, repositoryIds: [repositoryId], permissions };
      try {
        const kept = await auth(wanted);
        const isFresh = Date.parse(kept.expiresAt) - Date.now() > FRESH_MS;
        return isFresh ? kept : await auth({ ...wanted, refresh: true });
      } catch (error) {
        if (statusOf(error) !== NOT_GRANTED) throw error;
      }
    }
    return undefined;
  };
  return {
    async for(repositoryId) {
      const found = await tokenFor(repositoryId);
      return found && { username: USERNAME, password: found.token, expiresAt: Date.parse(found.expiresAt) };
    },
    // What a repository says of permissions is about users: of an App it says no to everything.
    mayPush: async ({ id }) => (await tokenFor(id))?.permissions['contents'] === 'write',
  };
}

const NOT_GRANTED = 422;
