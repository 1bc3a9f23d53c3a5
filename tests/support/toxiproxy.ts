// Toxiproxy between our processes and their Redis: a proxy for each kind of process, its faults put in and taken out by HTTP.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@runnel/shared/process';
import { vi } from 'vitest';
import { findTools } from './find-tools.ts';

/** `downstream` is what Redis answers, `upstream` what it is asked. */
export type Toxic = {
  readonly stream: 'downstream' | 'upstream';
} & (
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  /** Lets nothing through and closes nothing. */
  | { readonly type: 'timeout'; readonly attributes: { readonly timeout: 0 } }
  /** Closes each connection after so many bytes. */
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } }
  /** Resets a connection at the first byte. */
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  /** KB a second. */
  | { readonly type: 'bandwidth'; readonly attributes: { readonly rate: number } }
);

export type Proxy = {
  readonly port: number;
  add(toxic: Toxic): Promise<void>;
  /** Takes out every fault. */
  heal(): Promise<void>;
};

export type Toxiproxy = AsyncDisposable & {
  /** Resolves when it listens, on a port of its own, in front of one on the loopback. */
  between(name: string, upstreamPort: number): Promise<Proxy>;
};

export async function startToxiproxy(): Promise<Toxiproxy> {
  const port = await freePort();
  const args = ['-host', '127.0.0.1', '-port', String(port)];
  const path = await findTools('toxiproxy');
  const child = spawn(path('toxiproxy-server'), args, { stdio: 'ignore' });
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  const api = `http://127.0.0.1:${port}`;
  await vi
    .waitFor(() => fetch(`${api}/version`), { timeout: 60_000, interval: 20 })
    .catch((error: unknown) => {
      killNow();
      throw error;
    });
  return {
    async between(name, upstreamPort) {
      const wanted = { name, listen: '127.0.0.1:0', upstream: `127.0.0.1:${upstreamPort}` };
      const { listen } = (await ask(`${api}/proxies`, 'POST', wanted)) as { listen: string };
      const toxics = `${api}/proxies/${name}/toxics`;
      return {
        port: Number(listen.slice(listen.lastIndexOf(':') + 1)),
        add: async (toxic) => void (await ask(toxics, 'POST', toxic)),
        async heal() {
          const found = (await ask(toxics, 'GET')) as { name: string }[];
          await Promise.all(found.map((toxic) => ask(`${toxics}/${toxic.name}`, 'DELETE')));
        },
      };
    },
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', killNow);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      killNow();
      await gone;
    },
  };
}

async function ask(url: string, method: 'DELETE' | 'GET' | 'POST', body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
