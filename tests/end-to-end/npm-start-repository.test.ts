// `npm start -- --repo`: everybody works on branches of a repository that lies on this machine, or that has an address.
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { execPath, mainOf } from '../support/run-process.ts';
import { serveRepository } from '../support/served-repository.ts';

let data: string;
beforeEach(async () => {
  data = await temporaryFolder();
});

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-start-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function say(text: string, { repo, settings = {} }: { repo: string; settings?: NodeJS.ProcessEnv }) {
  const started = execa(execPath(), [mainOf('dev'), '--repo', repo, '--say', text], {
    env: { RUNNEL_DATA: data, REDIS_URL: '', ...settings },
    reject: false,
    stdin: 'ignore',
  });
  onTestFinished(async () => {
    started.kill();
    await started;
  });
  const { exitCode, stdout, stderr } = await started;
  return { exitCode, stdout, stderr };
}

function branchIn(text: string): string {
  return /runnel\/[0-9a-f]{8}/.exec(text)?.[0] ?? 'no branch is named';
}

/** In the one repository that was copied. */
async function inCopy(...args: string[]): Promise<string> {
  const [folder = ''] = (await readdir(join(data, 'forge'))).filter((name) => name.endsWith('.git'));
  return (await execa('git', ['--git-dir', join(data, 'forge', folder), ...args])).stdout;
}

test('of a path: the branch appears in the repository that lies there', async () => {
  const shop = await temporaryFolder();
  const git = async (...args: string[]): Promise<string> => {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    return (await execa('git', ['-C', shop, ...who, ...args])).stdout;
  };
  await git('init', '--quiet', '--initial-branch=trunk');
  await git('commit', '--quiet', '--allow-empty', '-m', 'one');
  const { exitCode, stdout } = await say('echo x > a.txt', { repo: shop });
  expect(exitCode).toBe(0);
  const branch = branchIn(stdout);
  expect(await git('show', `${branch}:a.txt`)).toBe('x');
  expect(await git('log', '--format=%s', branch)).toBe('echo x > a.txt\none');
  expect(await git('status', '--porcelain'), 'what is checked out is not touched').toBe('');
});

test('of an address: it is copied, the branch stays in the copy, and the next start fetches what came meanwhile', async () => {
  const { url, git, commit } = await serveRepository();
  const first = await say('git log --format=%s; echo x > a.txt', { repo: url });
  expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/one[^]*of `local\/shop`: 1 file, \+1/) });
  const branch = branchIn(first.stdout);
  expect(await inCopy('log', '--format=%s', branch)).toBe('git log --format=%s; echo x > a.txt\none');
  expect(await git('branch', '--list', 'runnel/*'), 'nothing is pushed to where it was copied from').toBe('');
  await commit('trunk', 'two');
  const second = await say('git log --format=%s', { repo: url });
  expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/two\none/) });
  expect(await inCopy('show', `${branch}:a.txt`)).toBe('x');
});

test("of an address that needs a login: it is this person's git that has it, and without one it says what to do", async () => {
  const { url } = await serveRepository('ada:hush-hush');
  const without = { HOME: await temporaryFolder(), GIT_ASKPASS: '', SSH_ASKPASS: '' };
  const refused = await say('ls', { repo: url, settings: without });
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toContain(`${url} needs a login that git has not got on this machine.`);
  expect(refused.stderr).toContain(`When \`git ls-remote ${url}\` works here without asking`);
  const wrong = await say('ls', { repo: url.replace('//', '//ada:wrong-word@'), settings: without });
  expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(`${url} needs a login`) });
  expect(wrong.stderr).not.toContain('wrong-word');

  const home = await temporaryFolder();
  await writeFile(join(home, '.gitconfig'), '[credential]\n\thelper = store\n');
  await writeFile(join(home, '.git-credentials'), `${new URL('/', url.replace('//', '//ada:hush-hush@')).href}\n`);
  const letIn = await say('git log --format=%s; env; git config --list', { repo: url, settings: { HOME: home } });
  expect(letIn).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('one') });
  expect(letIn.stdout).not.toContain('hush-hush');
});

test('of what is no repository, or does not answer: a sentence that says what to do, before anything is started', async () => {
  const { url } = await serveRepository();
  const nothing = join(data, 'nothing');
  const expected: [repo: string, words: RegExp][] = [
    [nothing, /There is no git repository at .*nothing\. Name the folder of one, or an address/],
    [url.replace('shop', 'none'), /There is no git repository at .*none\.git, [^]*Name what `git clone` would take/],
    [new URL('/', url).href, /There is no git repository at/],
    ['http://127.0.0.1:1/shop.git', /127\.0\.0\.1:1\/shop\.git does not answer \(.*connect.*\)\. Look at the address/i],
    ['git://127.0.0.1:1/shop.git', /does not answer \(unable to connect.*\)\. Look at the address/],
  ];
  for (const [repo, words] of expected) {
    const { exitCode, stderr } = await say('ls', { repo });
    expect({ exitCode, stderr }, repo).toEqual({ exitCode: 1, stderr: expect.stringMatching(words) });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(await readdir(join(data, 'logs')).catch(() => [])).toEqual([]);
});

test('of an address that takes the call and says nothing: it is not waited for without end', async () => {
  const calls: Socket[] = [];
  const silent = createServer((socket) => void calls.push(socket)).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  onTestFinished(() => {
    for (const call of calls) call.destroy();
    silent.close();
  });
  const repo = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/shop.git`;
  const { exitCode, stderr } = await say('ls', { repo });
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`${repo} does not answer (`) });
});
