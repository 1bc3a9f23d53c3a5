// GitHub's API as an App's installation, or as whoever made a token.
import { createAppAuth } from '@octokit/auth-app';
import { Octokit, type RestEndpointMethodTypes } from '@octokit/rest';
import { githubFetch } from './github-fetch.ts';

export type GithubApi = Octokit;
export type GithubRepository = RestEndpointMethodTypes['repos']['get']['response']['data'];

export type GithubApp = { readonly appId: string; readonly privateKey: string; readonly installationId: string };
export type GithubIdentity = { readonly token: string } | GithubApp;

export type GithubAccess = {
  /** `https://api.github.com`, or `https://HOST/api/v3` of a server of one's own. */
  readonly apiUrl: string;
  readonly identity: GithubIdentity;
  readonly timeoutMs: number;
};

/** It would write to the console what we say better. */
export const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export function openGithub({ apiUrl, identity, timeoutMs }: GithubAccess): GithubApi {
  return new Octokit({
    ...('token' in identity ? { auth: identity.token } : { authStrategy: createAppAuth, auth: { ...identity } }),
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'runnel',
    log: silent,
    request: { fetch: githubFetch(timeoutMs), log: silent },
  });
}

/** Where its pages are. */
export function pageHost(apiUrl: string): string {
  return new URL(apiUrl).host.replace(/^api\./, '');
}

function ignore(): void {}
