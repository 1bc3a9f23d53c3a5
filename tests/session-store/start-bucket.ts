// A bucket of fake-gcs-server behind a door that does to calls what networks and busy servers do.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Storage, type Bucket } from '@google-cloud/storage';
import { freePort } from '@runnel/shared/process';
import { vi } from 'vitest';
import { findTools } from '../support/find-tools.ts';

export type BucketCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Who calls, as the header says. */
  readonly authorization: string | undefined;
};

export type Treatment =
  | { readonly kind: 'answer'; readonly status: number }
  /** It is done, and nobody hears that it is. */
  | { readonly kind: 'lose' }
  /** The connection is reset after so many bytes of what is sent. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

export type TestBucket = AsyncDisposable & {
  readonly name: string;
  readonly url: string;
  /** The same bucket, to be looked at or damaged, by another way. */
  readonly objects: Bucket;
  readonly calls: readonly BucketCall[];
  /** Decides about each call from now on; undefined lets it pass. */
  treat: (call: BucketCall) => Treatment | undefined;
};

/** It keeps earlier versions, as `docs/session-state.md` asks for. */
export async function startBucket(): Promise<TestBucket> {
  const path = await findTools('gcs');
  const port = await freePort();
  const calls: BucketCall[] = [];
  const door = createServer((asked, answer) => {
    const url = new URL(asked.url ?? '/', `http://127.0.0.1:${port}`);
    const { authorization } = asked.headers;
    const call = { method: asked.method ?? '', path: url.pathname, query: url.searchParams, authorization };
    calls.push(call);
    handOn({ asked, answer, url, treatment: bucket.treat(call) });
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const url = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
  const server = spawn(
    path('fake-gcs-server'),
    ['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-backend', 'memory', '-external-url', url],
    { stdio: 'ignore' },
  );
  const killNow = (): void => void server.kill('SIGKILL');
  process.once('exit', killNow);
  const name = 'state';
  const storage = new Storage({ apiEndpoint: `http://127.0.0.1:${port}`, projectId: 'test' });
  const make = (): Promise<unknown> => storage.createBucket(name, { versioning: { enabled: true } });
  await vi.waitFor(make, { timeout: 20_000, interval: 50 });
  const bucket: TestBucket = {
    name,
    url,
    objects: storage.bucket(name),
    calls,
    treat: () => undefined,
    async [Symbol.asyncDispose]() {
      process.removeListener('exit', killNow);
      door.close();
      door.closeAllConnections();
      await end(server);
    },
  };
  return bucket;
}

type Passing = {
  readonly asked: IncomingMessage;
  readonly answer: ServerResponse;
  readonly url: URL;
  readonly treatment: Treatment | undefined;
};

function handOn({ asked, answer, url, treatment }: Passing): void {
  if (treatment?.kind === 'answer') {
    asked.resume();
    answer.writeHead(treatment.status, { 'content-type': 'application/json' });
    return void answer.end(JSON.stringify({ error: { code: treatment.status, message: 'as the test wants it' } }));
  }
  const onward = request(url, { method: asked.method, headers: asked.headers }, (found) => {
    if (treatment?.kind === 'lose') return void found.resume().on('end', () => answer.destroy());
    answer.writeHead(found.statusCode ?? 502, found.headers);
    found.pipe(answer);
  });
  onward.on('error', () => answer.destroy());
  answer.on('close', () => onward.destroy());
  asked.pipe(onward);
  if (treatment?.kind !== 'cut') return;
  let bytes = 0;
  asked.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > treatment.afterBytes) asked.destroy();
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
