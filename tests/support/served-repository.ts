// A repository that has an address on loopback: real git over smart HTTP, as any host of repositories has it.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GIT_REQUEST, serveGit } from '@runnel/dev';
import { onTestFinished } from 'vitest';
import { bareEnvironment } from './run-process.ts';

export type ServedRepository = {
  readonly url: string;
  /** In what is served. */
  readonly git: (...args: string[]) => Promise<string>;
  /** An empty commit on that branch. */
  readonly commit: (branch: string, message: string) => Promise<void>;
};

/** `shop.git` with one commit on `trunk`; nothing else is there. With a login it asks for `NAME:PASSWORD`. It cannot be pushed to. */
export async function serveRepository(login?: string): Promise<ServedRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-served-'));
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://served');
    const [, name = '', service = ''] = GIT_REQUEST.exec(pathname) ?? [];
    if (name !== 'acme/shop') return void response.writeHead(404).end('Nothing here');
    if (wanted !== undefined && request.headers.authorization !== wanted) {
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="served"' }).end();
    }
    const repository = { folder, mayPush: false };
    const asked = { repository, service, query: search.slice(1), environment: bareEnvironment() };
    serveGit(request, response, asked).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const git = async (...args: string[]): Promise<string> => {
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    return (await promisify(execFile)('git', ['--git-dir', folder, ...who, ...args])).stdout.trim();
  };
  const commit = async (branch: string, message: string): Promise<void> => {
    const ref = `refs/heads/${branch}`;
    const before = await git('for-each-ref', '--format=%(objectname)', ref);
    const tree = await git('hash-object', '-w', '-t', 'tree', '/dev/null');
    const parents = before === '' ? [] : ['-p', before];
    await git('update-ref', ref, await git('commit-tree', tree, ...parents, '-m', message));
  };
  await git('init', '--quiet', '--bare', '--initial-branch=trunk');
  await commit('trunk', 'one');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/shop.git`, git, commit };
}
