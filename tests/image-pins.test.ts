// What the images are pinned to: the package manager of the workspace, and a base by the digest that its registry tells.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { execPath } from './support/run-process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const DIGEST = `sha256:${createHash('sha256').update('an index').digest('hex')}`;

test('the build installs with the package manager that the workspace is installed with', () => {
  const dockerfile = readFileSync(`${root}docker/Dockerfile`, 'utf8');
  const installer = readFileSync(`${root}scripts/bootstrap/install-packages.mjs`, 'utf8');
  expect(/^ARG PNPM=(.+)$/m.exec(dockerfile)?.[1]).toBe(/'pnpm@(.+)'/.exec(installer)?.[1]);
});

test('the base is the one the Dockerfile names, with or without a digest', () => {
  const dockerfile = readFileSync(`${root}docker/Dockerfile`, 'utf8');
  const base = readFileSync(`${root}docker/base-image`, 'utf8');
  expect(base).toMatch(/^[^@\s]+(@sha256:[0-9a-f]{64})?\n$/);
  expect(/^ARG BASE=(.+)$/m.exec(dockerfile)?.[1]).toBe(base.trim().replace(/@.*/, ''));
});

test('the certificates of a build can be read by apt, which fetches as a user of its own', () => {
  const dockerfile = readFileSync(`${root}docker/Dockerfile`, 'utf8');
  const runs = dockerfile.split(/^(?=RUN )/m).filter((run) => /^ +sh \/docker\/install-packages/m.test(run));
  expect(runs).toHaveLength(2);
  for (const run of runs) expect(run).toContain('--mount=type=secret,id=ca,mode=0444');
});

test('the digest is asked of the registry as it wants to be asked, and nothing else counts as one', async () => {
  const registry = await startRegistry();
  expect(await resolveDigest(`${registry}/library/node:24`)).toMatchObject({ stdout: DIGEST });
  const missing = await resolveDigest(`${registry}/library/node:25`);
  expect(missing.exitCode).not.toBe(0);
  expect(missing.stderr).toContain('it answered 404');
});

function resolveDigest(name: string) {
  const script = `import { resolveDigest } from '${root}scripts/images/resolve-digest.mjs'; console.log(await resolveDigest('${name}', 'http'));`;
  return execa(execPath(), ['--input-type=module', '--eval', script], { reject: false });
}

/** Gives a token to whoever asks, and the digest of one tag to whoever has it. */
async function startRegistry(): Promise<string> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    if (url.pathname === '/token') {
      const isAsked = url.searchParams.get('scope') === 'repository:library/node:pull';
      response.writeHead(isAsked ? 200 : 400).end(JSON.stringify({ token: 'let-in' }));
    } else if (request.headers.authorization !== 'Bearer let-in') {
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="here",scope="repository:library/node:pull"`;
      response.writeHead(401, { 'www-authenticate': challenge }).end();
    } else if (request.method === 'HEAD' && url.pathname === '/v2/library/node/manifests/24') {
      response.writeHead(200, { 'docker-content-digest': DIGEST }).end();
    } else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP address');
  return `127.0.0.1:${address.port}`;
}
