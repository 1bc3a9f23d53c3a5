// The forge of a local fleet over HTTP: what the port asks as JSON, and git itself. Everything asks for the token of this run.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { defaultBranchOf, type FolderRepositories, type FolderRepository } from './folder-repositories.ts';
import { GIT_REQUEST, serveGit } from './serve-git.ts';

export type FolderForgeServerOptions = {
  readonly repositories: FolderRepositories;
  readonly token: string;
  /** Where a person sees pull requests: `<pages>/owner/name/1`. */
  readonly pages: string;
  /** What git needs: PATH, HOME. */
  readonly environment: NodeJS.ProcessEnv;
  /** 0 takes a free one. */
  readonly port?: number;
};

export type FolderForgeServer = { readonly url: string; close(): Promise<void> };

const owned = z.object({ team: z.string(), user: z.string(), handle: z.string() });
const named = z.object({ name: z.string() });
const drafted = z.object({
  repository: z.string(),
  branch: z.string(),
  base: z.string(),
  title: z.string(),
  body: z.string(),
});

export async function startFolderForge(options: FolderForgeServerOptions): Promise<FolderForgeServer> {
  const server = createServer((request, response) => {
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    answer({ request, response }, options, at).catch((error: unknown) => {
      process.stderr.write(`folder forge: ${String(error)}\n`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

async function answer(exchange: Exchange, options: FolderForgeServerOptions, at: string): Promise<void> {
  const { request, response } = exchange;
  const { pathname, search } = new URL(request.url ?? '/', at);
  if (!isSame(tokenIn(request), options.token)) {
    response.setHeader('WWW-Authenticate', 'Basic realm="runnel"');
    return send(response, 401, { error: 'The token is not the one of this run.' });
  }
  const [, name = '', service = ''] = GIT_REQUEST.exec(pathname) ?? [];
  if (service === '') return call(exchange, options, { what: pathname, at });
  const repository = await options.repositories.find(name);
  if (repository === undefined) return send(response, 404, { error: `There is no repository ${name} here.` });
  return serveGit(request, response, { ...options, repository, service, query: search.slice(1) });
}

async function call(
  { request, response }: Exchange,
  { repositories, pages }: FolderForgeServerOptions,
  { what, at }: { what: string; at: string },
): Promise<void> {
  if (request.method !== 'POST') return send(response, 404, { error: 'There is nothing to see here.' });
  const body: unknown = await json(request);
  if (what === '/api/own') {
    const { team, user, handle } = owned.parse(body);
    return send(response, 200, await describe(await repositories.own(`${team}:${user}`, handle), at));
  }
  if (what === '/api/find') {
    const { name } = named.parse(body);
    const found = await repositories.find(name);
    if (found === undefined) return send(response, 404, { error: `There is no repository ${name} here.` });
    return send(response, 200, await describe(found, at));
  }
  if (what !== '/api/pulls') return send(response, 404, { error: 'There is nothing to ask for here.' });
  const draft = drafted.parse(body);
  const found = await repositories.openPull(draft);
  if (found === undefined) return send(response, 422, { error: `There is no branch ${draft.base} to ask that of.` });
  return send(response, 200, { number: found.pull.number, url: `${pages}/${found.name}/${found.pull.number}` });
}

async function describe(repository: FolderRepository, at: string) {
  const { id, name, mayPush, owner } = repository;
  return { id, name, url: `${at}/${name}.git`, defaultBranch: await defaultBranchOf(repository), mayPush, owner };
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** As a client of the port sends it, or as git does. */
function tokenIn({ headers }: IncomingMessage): string {
  const [kind = '', value = ''] = (headers.authorization ?? '').split(' ');
  if (kind === 'Bearer') return value;
  const plain = Buffer.from(value, 'base64').toString();
  return kind === 'Basic' ? plain.slice(plain.indexOf(':') + 1) : '';
}

function isSame(offered: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(offered), digest(token));
}
