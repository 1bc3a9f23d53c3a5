// Calls to GitHub: its limits, its bad days, and with what Runnel and git come in.
import { describe, expect, test } from 'vitest';
import type { Treatment } from './github-stand-in.ts';
import { ORGANIZATION, refusalOf, startGithub, type GithubWorld } from './github-world.ts';

/** `treatment` is for the first so many calls. */
async function treated(times: number, treatment: Treatment) {
  const world = await startGithub();
  world.github.state.add('acme/app');
  let treatedCalls = 0;
  world.github.treat = () => ((treatedCalls += 1) <= times ? treatment : undefined);
  return world;
}

const find = ({ asUser }: GithubWorld, timeoutMs = 10_000) => asUser({ timeoutMs }).findRepository('acme/app');
const inSeconds = (seconds: number) => String(Math.ceil(Date.now() / 1_000) + seconds);

describe('a limit', () => {
  test.each([
    ['of its rate', 403, () => ({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(0) })],
    ['of another kind', 429, () => ({ 'retry-after': '1' })],
  ])('%s is waited out', async (_kind, status, headers) => {
    const world = await treated(1, { kind: 'answer', status, message: 'API rate limit exceeded', headers: headers() });
    const before = Date.now();
    expect(await find(world)).toMatchObject({ name: 'acme/app' });
    expect(Date.now() - before).toBeGreaterThanOrEqual(990);
    expect(world.github.count('repos/get')).toBe(2);
  });

  test.each([
    {
      time: 'an hour',
      status: 403,
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(3_600) },
      waitMs: 3_500_000,
    },
    { time: 'five minutes', status: 429, headers: { 'retry-after': '300' }, waitMs: 300_000 },
    { time: 'no time that is told', status: 403, headers: {}, waitMs: 60_000 },
  ])('of $time is told, not waited out', async ({ status, headers, waitMs }) => {
    const message = 'You have exceeded a secondary rate limit.';
    const world = await treated(9, { kind: 'answer', status, message, headers });
    const refusal = await refusalOf(world.github, find(world));
    expect(refusal.code).toBe('forge_unavailable');
    expect(refusal.message).toMatch(/GitHub asks to wait \d+ s/);
    const { retryAfterMs } = refusal.retry as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThanOrEqual(waitMs);
    expect(world.github.calls).toHaveLength(1);
  });
});

describe('a call', () => {
  test.each<Treatment>([
    { kind: 'answer', status: 502, message: 'Server Error' },
    { kind: 'lose' },
    { kind: 'cut' },
    { kind: 'page' },
  ])('that meets %o is repeated', async (treatment) => {
    const world = await treated(2, treatment);
    expect(await find(world)).toMatchObject({ name: 'acme/app' });
    expect(world.github.calls).toHaveLength(3);
  });

  test.each<[Treatment, string]>([
    [{ kind: 'answer', status: 503, message: 'Service unavailable' }, 'GitHub answers 503 for now.'],
    [{ kind: 'page' }, "GitHub does not answer: an answer of 200 that is not GitHub's"],
    [{ kind: 'hang' }, 'GitHub does not answer: The operation was aborted due to timeout'],
  ])('that meets nothing but %o ends with words', async (treatment, words) => {
    const world = await treated(Infinity, treatment);
    const refusal = await refusalOf(world.github, find(world, 300));
    expect(refusal).toMatchObject({ code: 'forge_unavailable', retry: { kind: 'retryable' } });
    expect(refusal.message).toContain(words);
    expect(world.github.calls).toHaveLength(4);
  });

  test('that GitHub will end one day writes nothing to the console', async () => {
    const headers = { deprecation: 'Sun, 01 Jan 2034 00:00:00 GMT' };
    const world = await treated(1, { kind: 'answer', status: 404, message: 'Not Found', headers });
    expect((await refusalOf(world.github, find(world))).code).toBe('repository_unknown');
  });

  test('with a token that GitHub does not know names the setting', async () => {
    const { github, asUser } = await startGithub();
    const refusal = await refusalOf(github, asUser({ identity: { token: 'ghp_stale' } }).findRepository('acme/app'));
    expect(refusal).toMatchObject({ code: 'forge_unavailable', retry: { kind: 'terminal' } });
    expect(refusal.message).toContain('does not let Runnel in: Bad credentials. An operator must renew GITHUB_TOKEN');
    expect(refusal.message).not.toContain('ghp_stale');
  });

  test('with an App that GitHub does not know, has no place there or a key that is none, says so', async () => {
    const { github, asApp } = await startGithub();
    const { app } = github.state;
    const ask = (identity: Partial<typeof app>) =>
      refusalOf(github, asApp({ identity: { ...app, ...identity } }).findRepository('acme/app'));
    const terminal = { code: 'forge_unavailable', retry: { kind: 'terminal' } };
    const notLetIn = { ...terminal, message: expect.stringContaining('look at the GitHub App') };
    expect(await ask({ installationId: '1' })).toMatchObject(notLetIn);
    expect(await ask({ appId: '1', installationId: '2' })).toMatchObject(notLetIn);
    const half = app.privateKey.split('\n').slice(0, 3).join('\n');
    const broken = await ask({ privateKey: half, installationId: '3' });
    expect(broken).toMatchObject({ ...terminal, message: expect.stringContaining('Is GITHUB_APP_PRIVATE_KEY whole?') });
    github.state.isSuspended = true;
    expect(await ask({})).toMatchObject({
      ...notLetIn,
      message: expect.stringContaining('This installation has been suspended'),
    });
  });

  test('with a key whose lines are written as one comes in', async () => {
    const { github, asApp } = await startGithub();
    github.state.add('acme/app');
    const { app } = github.state;
    const identity = { ...app, privateKey: app.privateKey.replaceAll('\n', String.raw`\n`) };
    expect(await asApp({ identity }).findRepository('acme/app')).toMatchObject({ name: 'acme/app' });
  });
});

describe('the credential of git', () => {
  test('is the token, by a token', async () => {
    const world = await startGithub();
    world.github.state.add('acme/app');
    const repository = await find(world);
    const password = world.github.state.userToken;
    expect(await world.asUser().credential(repository)).toEqual({ username: 'x-access-token', password });
  });

  async function credentialBy(world: GithubWorld, forge = world.asApp()) {
    const credential = await forge.credential(await find(world));
    return { credential, grant: world.github.state.installationTokens.get(credential?.password ?? '') };
  }

  test('is for the one repository and an hour, by an App', async () => {
    const world = await startGithub();
    const { id } = world.github.state.add('acme/app');
    const { credential, grant } = await credentialBy(world);
    expect(credential?.username).toBe('x-access-token');
    expect(grant?.repositoryIds).toEqual([id]);
    expect(grant?.permissions).toEqual({ metadata: 'read', contents: 'write', pull_requests: 'write' });
    expect(Math.abs((credential?.expiresAt ?? 0) - (grant?.expiresAt ?? 0))).toBeLessThan(1_000);
  });

  test('is kept until shortly before its end', async () => {
    const world = await startGithub();
    world.github.state.add('acme/app');
    const forge = world.asApp();
    const first = await credentialBy(world, forge);
    expect(await credentialBy(world, forge)).toEqual(first);
    expect(world.github.count('apps/create-installation-access-token')).toBe(1);
    // Nine minutes is less than what a push may take.
    world.github.state.tokenLifeMs = 9 * 60_000;
    const soon = world.asApp();
    const [early, late] = [await credentialBy(world, soon), await credentialBy(world, soon)];
    expect(late.credential?.password).not.toBe(early.credential?.password);
  });

  test.each([
    ['may not open pull requests', { contents: 'write', metadata: 'read' }, { contents: 'write', metadata: 'read' }],
    ['may only read', { contents: 'read', metadata: 'read' }, { contents: 'read', metadata: 'read' }],
  ])('is for less, by an App that %s', async (_less, permissions, expected) => {
    const world = await startGithub();
    world.github.state.add('acme/app');
    world.github.state.permissions = permissions;
    expect((await credentialBy(world)).grant?.permissions).toEqual(expected);
  });

  test('is none for a public repository that the App has nothing to do with', async () => {
    const world = await startGithub();
    world.github.state.add('acme/app', { isPrivate: false, isInstalled: false });
    expect((await credentialBy(world)).credential).toBeUndefined();
  });
});

test('a server of its own is asked where it is', async () => {
  const { github, asUser } = await startGithub();
  const refusal = await refusalOf(github, asUser({ apiUrl: `${github.url}/` }).findRepository(`${ORGANIZATION}/none`));
  expect(refusal.code).toBe('repository_unknown');
  expect(github.calls.map(({ path }) => path)).toEqual([`/repos/${ORGANIZATION}/none`]);
});
