// A person's repository on a forge of this machine, over git's smart HTTP, and the pods that work in it.
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FolderRepositories, startFolderForge } from '@runnel/dev';
import { archiveFiles, folderForge, workspaces, type Workspaces } from '@runnel/runner/serving';
import type { SessionKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { onTestFinished } from 'vitest';
import { bareEnvironment } from '../support/run-process.ts';

/** A listing of a large repository is more than Node takes by itself. */
const run = (file: string, args: readonly string[]) => promisify(execFile)(file, args, { maxBuffer: 64 * 1024 ** 2 });
/** Of 100,000 files Node would take a minute. */
const removeAll = (folder: string) => run('rm', ['-rf', '--', folder]);
export const TOKEN = 'token-of-this-run';
const never = new AbortController().signal;
const ada = { handle: 'ada', name: 'Ada Lovelace', email: 'ada@example.com' };

/** `depth`: of mirrors, in pods that start from then on. */
export async function openWorkspaceStage({ depth = 0 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-workspace-'));
  const home = join(folder, 'home');
  const repositories = new FolderRepositories(join(folder, 'forge'));
  const pages = 'http://127.0.0.1/forge';
  let server = await startFolderForge({ repositories, token: TOKEN, pages, environment: bareEnvironment() });
  const port = Number(new URL(server.url).port);
  onTestFinished(async () => {
    await server.close();
    await removeAll(folder);
  });
  const own = await repositories.own('T1:U1', 'ada');
  const manifest = new Map<SessionKey, ReturnType<Workspaces['record']>>();
  // Every try to reach the repository asks first whose it is.
  let asked = 0;
  let hasLease = true;
  let mirrorDepth = depth;
  const startPod = (): Workspaces =>
    workspaces({
      user: 'T1:U1',
      forge: folderForge({ url: server.url, token: TOKEN }),
      findPerson: async () => {
        asked += 1;
        return ada;
      },
      repository: '',
      choosable: [],
      depth: mirrorDepth,
      path: process.env['PATH'] ?? '',
      home,
      log: createLogger('test', 'silent'),
      mayPush: async () => hasLease,
      manifest: {
        session: (session) => ({ provider: 'shell', covered: [], updatedAt: 0, work: manifest.get(session) }),
      },
    });
  let work = startPod();
  const other = ['-c', 'user.name=Other', '-c', 'user.email=other@example.com'];
  const forgeGit = async (...args: string[]): Promise<string> =>
    (await run('git', ['--git-dir', own.folder, ...other, ...args])).stdout;
  let seeds = 0;
  const pushAsOther = async (
    branch: string,
    files: Record<string, string>,
    { more, force = false }: { more?: ((folder: string) => Promise<void>) | undefined; force?: boolean } = {},
  ): Promise<string> => {
    const clone = join(folder, `seed-${(seeds += 1)}`);
    await run('git', ['clone', '-q', own.folder, clone]);
    const git = (...args: string[]) => run('git', ['-C', clone, ...other, ...args]);
    if (!force) await git('checkout', '-q', branch).catch(() => git('checkout', '-q', '-b', branch));
    else await git('checkout', '-q', '--orphan', 'fresh');
    for (const [name, text] of Object.entries(files)) await writeFile(join(clone, name), text);
    await git('add', '-A');
    await more?.(clone);
    await git('commit', '-qm', 'Theirs');
    await git('push', '-q', ...(force ? ['--force'] : []), 'origin', `HEAD:${branch}`);
    return (await git('rev-parse', 'HEAD')).stdout.trim();
  };
  const begin = async (thread: string, before?: (files: string) => Promise<void>) => {
    const session: SessionKey = `T1:D1:${thread}`;
    const directory = { files: join(home, thread, 'files'), state: join(home, thread, 'state') };
    await mkdir(directory.files, { recursive: true });
    await mkdir(directory.state, { recursive: true });
    await before?.(directory.files);
    const prepared = await work.prepare(session, directory, { signal: never });
    let last: Awaited<ReturnType<Workspaces['finish']>>;
    const git = async (...args: string[]): Promise<string> =>
      (
        await run('git', [
          '-C',
          directory.files,
          '-c',
          'user.name=Agent',
          '-c',
          'user.email=agent@example.com',
          ...args,
        ])
      ).stdout;
    return {
      files: directory.files,
      git,
      begin: async () => prepared ?? work.prepare(session, directory, { signal: never }),
      async finish(title: string) {
        last = await work.finish({ session, title, reply: 'Done.', agent: 'shell' }, never);
        manifest.set(session, work.record(session));
        return last;
      },
      last: () => Promise.resolve(last),
      directory,
      async commit(name: string, text: string) {
        await writeFile(join(directory.files, name), text);
        await git('commit', '-qam', text);
      },
      /** Of a runner in the same pod. */
      nextLife() {
        work = startPod();
        Object.assign(this, { begin: () => work.prepare(session, directory, { signal: never }) });
      },
      /** Saved, lost with everything that was in the pod, and restored by its successor. */
      async moveToNewPod(saved?: string) {
        const archive = saved ?? join(folder, 'session.archive');
        if (saved === undefined) await archiveFiles.pack(directory, archive);
        await removeAll(home);
        await mkdir(join(home, thread), { recursive: true });
        await archiveFiles.unpack(archive, directory);
        work = startPod();
        Object.assign(this, { begin: () => work.prepare(session, directory, { signal: never }) });
      },
    };
  };
  return {
    home,
    /** Of git, on the forge. */
    forgeFolder: own.folder,
    get work() {
      return work;
    },
    asked: () => asked,
    setDepth: (wanted: number) => void (mirrorDepth = wanted),
    loseLease: () => void (hasLease = false),
    forgeGit,
    pushAsOther,
    begin,
    seed: (files: Record<string, string>, more?: (clone: string) => Promise<void>) =>
      pushAsOther('main', files, { more }),
    replaceHistory: async (files: Record<string, string>) => {
      await pushAsOther('main', files, { force: true });
      await forgeGit('reflog', 'expire', '--expire=now', '--all');
      await forgeGit('gc', '--quiet', '--prune=now');
    },
    protect: async (words: string) => {
      const hook = join(own.folder, 'hooks', 'pre-receive');
      await mkdir(join(own.folder, 'hooks'), { recursive: true });
      await writeFile(hook, `#!/bin/sh\necho "${words}" >&2\nexit 1\n`);
      await chmod(hook, 0o755);
    },
    forbidPushes: async () => {
      const file = `${own.folder.replace(/\.git$/, '')}.json`;
      await writeFile(file, (await readFile(file, 'utf8')).replace('"mayPush": true', '"mayPush": false'));
    },
    close: () => server.close(),
    open: async () => {
      server = await startFolderForge({ repositories, token: TOKEN, pages, environment: bareEnvironment(), port });
    },
  };
}

export function branchOf(work: Awaited<ReturnType<Workspaces['finish']>>): string {
  return work?.kind === 'done' ? work.branch : 'nothing was done';
}
