// The folder forge: the port's adapter and what `npm start` serves, with real git in between.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FolderRepositories, startFolderForge } from '@runnel/dev';
import { folderForge } from '@runnel/runner/serving';
import { describeForge } from '@runnel/runner/testing';
import { expect, onTestFinished, test } from 'vitest';
import { bareEnvironment } from '../support/run-process.ts';

const run = promisify(execFile);
const TOKEN = 'token-of-this-run';

describeForge('folder', async () => {
  const { url, repositories } = await serveFolder();
  return {
    forge: folderForge({ url, token: TOKEN }),
    another: () => folderForge({ url, token: TOKEN }),
    away: () => folderForge({ url: 'http://127.0.0.1:1', token: TOKEN }),
    common: async () => {
      const folder = await temporaryFolder();
      await gitIn(folder)('init', '--quiet');
      return (await repositories.offer(folder)).name;
    },
    push: async (repository, branches) => {
      const folder = await temporaryFolder();
      const git = gitIn(folder);
      await git('init', '--quiet');
      for (const branch of branches) {
        await git('commit', '--quiet', '--allow-empty', '-m', branch);
        await git('push', '--quiet', authorized(repository.url), `HEAD:refs/heads/${branch}`);
      }
    },
  };
});

test('whoever has not the token of this run gets nothing, not even a refusal that tells', async () => {
  const { url } = await serveFolder();
  const stranger = folderForge({ url, token: 'another' });
  await expect(stranger.findRepository('people/ada')).rejects.toMatchObject({ code: 'repository_refused' });
  for (const path of ['people/ada.git/info/refs?service=git-upload-pack', 'api/find', '%2e%2e/%2e%2e/etc/passwd']) {
    expect((await fetch(`${url}/${path}`)).status).toBe(401);
  }
});

test('nothing outside its repositories can be asked for', async () => {
  const { url } = await serveFolder();
  await folderForge({ url, token: TOKEN }).ownRepository({ user: 'T1:U1', handle: 'ada' });
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const paths = [
    'people/ada.git/config',
    'people/ada.git/../../x.json',
    'people/%2e%2e.git/info/refs',
    'people/ada.git/objects/../HEAD',
  ];
  for (const path of paths) expect((await fetch(`${url}/${path}`, { headers })).status, path).toBe(404);
});

test('a repository that lies on this machine is served as it lies there', async () => {
  const { url, repositories } = await serveFolder();
  const folder = await temporaryFolder();
  const git = gitIn(folder);
  await git('init', '--quiet', '--initial-branch=trunk');
  await git('commit', '--quiet', '--allow-empty', '-m', 'first');
  const { name } = await repositories.offer(folder);
  const found = await folderForge({ url, token: TOKEN }).findRepository(name);
  expect(found).toMatchObject({ defaultBranch: 'trunk' });
  await git('push', '--quiet', authorized(found.url), 'HEAD:refs/heads/runnel/one');
  expect((await git('branch', '--list', 'runnel/one')).stdout).toContain('runnel/one');
  await expect(repositories.offer(join(folder, 'nothing'))).rejects.toThrow('no git repository');
});

async function serveFolder() {
  const repositories = new FolderRepositories(await temporaryFolder());
  const server = await startFolderForge({
    repositories,
    token: TOKEN,
    pages: 'http://127.0.0.1/forge',
    environment: bareEnvironment(),
  });
  onTestFinished(() => server.close());
  return { url: server.url, repositories };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-forge-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function gitIn(folder: string) {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
  return (...args: string[]) => run('git', ['-C', folder, ...who, ...args]);
}

function authorized(url: string): string {
  return url.replace('//', `//runnel:${TOKEN}@`);
}
