// A door to the API server of a test's own: it counts what passes, and does to it what networks and overloaded servers do.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterAccess } from '../cluster/cluster-access.ts';

export type ApiCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** On the monotonic clock, in milliseconds. */
  readonly at: number;
};

export type Treatment =
  | { readonly kind: 'answer'; readonly status: number; readonly reason: string; readonly retryAfter?: number }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is reset: before the server hears of the call, or when it has answered. */
  | { readonly kind: 'cut' | 'lose' };

export type ApiProxy = AsyncDisposable & {
  /** For a client that is to go through here, with the rights of `access`. */
  readonly kubeconfig: string;
  /** All that came, in order. */
  readonly calls: readonly ApiCall[];
  /** Decides about each call from now on; undefined lets it pass, as it is or as it was changed. */
  treat: (call: ApiCall) => Treatment | undefined;
  /** How many watches are open. */
  watches(): number;
  /** Ends every open watch in the middle of it. */
  cutWatches(): void;
  /** Nothing comes out of any open watch any more, and none is closed. */
  muteWatches(): void;
};

export async function startApiProxy(access: ClusterAccess): Promise<ApiProxy> {
  const calls: ApiCall[] = [];
  const watches = new Set<{ from: IncomingMessage; to: ServerResponse }>();
  const upstream = new URL(access.url);
  const server = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', upstream);
    const call = { method: asked.method ?? '', path: url.pathname, query: url.searchParams, at: performance.now() };
    calls.push(call);
    const treatment = proxy.treat(call);
    if (treatment?.kind === 'cut') return void asked.socket.destroy();
    if (treatment?.kind === 'answer') return refuse(answer, treatment);
    const delayMs = treatment?.kind === 'delay' ? treatment.ms : 0;
    setTimeout(() => pass({ url, asked, answer, isLost: treatment?.kind === 'lose' }), delayMs);
  });
  const pass = ({ url, asked, answer, isLost }: Passing): void => {
    const onward = request(
      url,
      { method: asked.method, headers: asked.headers, rejectUnauthorized: false },
      (found) => {
        if (isLost) return void answer.destroy();
        answer.writeHead(found.statusCode ?? 502, found.headers);
        found.pipe(answer);
        if (!url.searchParams.has('watch')) return;
        answer.flushHeaders();
        const watch = { from: found, to: answer };
        watches.add(watch);
        answer.on('close', () => watches.delete(watch));
      },
    );
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const folder = await mkdtemp(join(tmpdir(), 'runnel-proxy-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await writeFile(kubeconfig, JSON.stringify(configOf(address, access.token)));
  const proxy: ApiProxy = {
    kubeconfig,
    calls,
    treat: () => undefined,
    watches: () => watches.size,
    cutWatches: () => watches.forEach(({ to }) => to.destroy()),
    muteWatches: () => watches.forEach(({ from }) => from.unpipe()),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    },
  };
  return proxy;
}

type Passing = {
  readonly url: URL;
  readonly asked: IncomingMessage;
  readonly answer: ServerResponse;
  readonly isLost: boolean;
};

function refuse(answer: ServerResponse, { status, reason, retryAfter }: Treatment & { kind: 'answer' }): void {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  answer.writeHead(status, { 'content-type': 'application/json', ...headers });
  answer.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status, reason }));
}

function configOf(server: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
}
