// GitHub and forges on it, for one test: that nothing was said against the description, and no secret told, is part of each.
import { inspect } from 'node:util';
import { githubForge } from '@runnel/runner/serving';
import { expect, onTestFinished, vi } from 'vitest';
import { GithubStandIn, type GithubCall } from './github-stand-in.ts';
import { fullNameOf, type StandInRepository } from './github-state.ts';

export const ORGANIZATION = 'acme-people';

type Options = Parameters<typeof githubForge>[0];
export type GithubForge = ReturnType<typeof githubForge>;

export type GithubWorld = {
  readonly github: GithubStandIn;
  /** As whoever made a token. */
  readonly asUser: (options?: Partial<Options>) => GithubForge;
  readonly asApp: (options?: Partial<Options>) => GithubForge;
};

export async function startGithub(): Promise<GithubWorld> {
  const github = await GithubStandIn.start();
  const consoles = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name));
  onTestFinished(async () => {
    await github[Symbol.asyncDispose]();
    expect(github.violations).toEqual([]);
    for (const spy of consoles) expect(spy).not.toHaveBeenCalled();
    for (const spy of consoles) spy.mockRestore();
  });
  const base = { apiUrl: github.url, organization: ORGANIZATION, template: '', timeoutMs: 10_000 };
  const { userToken, app } = github.state;
  return {
    github,
    asUser: (options) => githubForge({ ...base, identity: { token: userToken }, ...options }),
    asApp: (options) => githubForge({ ...base, identity: app, ...options }),
  };
}

type Refusal = { readonly code: string; readonly message: string; readonly retry: unknown };

/** What a call fails with. However it is printed, no credential is in it. */
export async function refusalOf({ state }: GithubStandIn, call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    (answer) => expect.fail(`it was answered: ${inspect(answer)}`),
    (reason: unknown) => reason,
  );
  const printed = inspect(error, { depth: Infinity, showHidden: true, maxStringLength: Infinity });
  const secrets = [
    state.userToken,
    ...state.installationTokens.keys(),
    ...state.app.privateKey.split('\n').slice(1, 3),
  ];
  for (const secret of secrets) expect(printed).not.toContain(secret);
  expect(printed).not.toMatch(/authorization:|eyJ/i);
  return error as Refusal;
}

/** Holds those calls until so many have come, then lets them go. */
export function meet(github: GithubStandIn, operation: string, count: number): void {
  const waiting: (() => void)[] = [];
  github.treat = async (call: GithubCall) => {
    if (call.operation !== operation || waiting.length >= count) return undefined;
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
      if (waiting.length === count) for (const go of waiting) go();
    });
    return undefined;
  };
}

export function namesIn({ state }: GithubStandIn): string[] {
  return state.repositories.map((one: StandInRepository) => fullNameOf(one)).toSorted();
}
