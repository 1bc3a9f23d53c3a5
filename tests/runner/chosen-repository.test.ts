// Chosen repositories on the folder forge.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FolderRepositories, startFolderForge } from '@runnel/dev';
import { folderForge } from '@runnel/runner/serving';
import { onTestFinished } from 'vitest';
import { bareEnvironment } from '../support/run-process.ts';
import { describeChosenRepositories } from './describe-chosen-repositories.ts';

const TOKEN = 'token-of-this-run';

describeChosenRepositories('the folder forge', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-chosen-forge-'));
  const repositories = new FolderRepositories(join(folder, 'forge'));
  const environment = bareEnvironment();
  const server = await startFolderForge({ repositories, token: TOKEN, pages: 'http://127.0.0.1/forge', environment });
  onTestFinished(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const names: string[] = [];
  const git = async (gitDir: string, ...args: string[]): Promise<string> => {
    const who = ['-c', 'user.name=Other', '-c', 'user.email=other@example.com'];
    return (await promisify(execFile)('git', ['--git-dir', gitDir, ...who, ...args])).stdout;
  };
  return {
    forge: folderForge({ url: server.url, token: TOKEN }),
    async add(name, branches) {
      const place = join(folder, `${name}.git`);
      await git(place, 'init', '--quiet', '--bare', '--initial-branch=main');
      const tree = (await git(place, 'hash-object', '-w', '-t', 'tree', '/dev/null')).trim();
      for (const branch of branches) {
        const commit = await git(place, 'commit-tree', tree, '-m', `Begin ${branch} of ${name}`);
        await git(place, 'update-ref', `refs/heads/${branch}`, commit.trim());
      }
      const offered = await repositories.offer(place);
      names.push(offered.name);
      return offered.name;
    },
    git: async (name, ...args) => git((await repositories.find(name))?.folder ?? '', ...args),
    bases: async (name) => (await repositories.find(name))?.pulls.map(({ base }) => base) ?? [],
    names: async () => ((await repositories.find('people/ada')) === undefined ? names : [...names, 'people/ada']),
  };
});
