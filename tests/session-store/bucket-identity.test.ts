// Who a runner is to its bucket: with the settings of k8s/components/state-bucket, through Google's own client. A pod's metadata server
// does not answer in its first seconds.
import { bucketSessionStore } from '@runnel/runner/serving';
import { manifest, noRevision, temporaryFile } from '@runnel/runner/testing';
import { freePort } from '@runnel/shared/process';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readKustomizations, settingsOf } from '../manifests/read-manifests.ts';
import { startBucket, type TestBucket } from './start-bucket.ts';
import { startMetadataServer, token } from './start-metadata-server.ts';

const user = 'T1:U1' as const;

let bucket: TestBucket;
let port: number;
beforeAll(async () => void (bucket = await startBucket()));
afterAll(() => bucket[Symbol.asyncDispose]());
beforeEach(async () => {
  port = await freePort();
  vi.stubEnv('GCE_METADATA_HOST', `127.0.0.1:${port}`);
  // Nobody's own identity, should this machine have one.
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined);
  vi.stubEnv('CLOUDSDK_CONFIG', await temporaryFile(''));
  vi.stubEnv('HOME', '/nowhere');
  for (const [name, value] of await settingsOfComponent()) vi.stubEnv(name, value);
});
afterEach(() => vi.unstubAllEnvs());

async function settingsOfComponent(): Promise<[name: string, value: string][]> {
  const folder = 'components/state-bucket';
  const component = (await readKustomizations()).find((one) => one.folder === folder);
  const generator = component?.configMapGenerator?.find(({ name }) => name === 'runnel-runner');
  return settingsOf(folder, generator ?? { name: 'runnel-runner' });
}

const open = () => bucketSessionStore({ bucket: bucket.name, apiUrl: bucket.url, isIdentityWanted: true });

test('a metadata server that comes after the first call is found by the next one', async () => {
  const store = open();
  await expect(store.readManifest(user)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('components/state-bucket'),
    retry: { kind: 'retryable' },
  });
  expect(bucket.calls.filter(({ path }) => path.includes('/o'))).toEqual([]);
  await using metadata = await startMetadataServer(port);
  const revision = await store.writeManifest(user, manifest(1), noRevision);
  expect(await store.readManifest(user)).toMatchObject({ manifest: manifest(1), revision });
  expect(bucket.calls.at(-1)?.authorization).toBe(`Bearer ${token}`);
  expect(metadata.asked.length).toBeGreaterThan(0);
});

test('one that cuts its first connections is waited for', async () => {
  await using metadata = await startMetadataServer(port);
  metadata.treat = () => (metadata.asked.length <= 2 ? 'cut' : 'answer');
  await expect(open().readManifest('T1:U2')).resolves.toBeUndefined();
  expect(metadata.asked.length).toBeGreaterThan(2);
});

test('one that never says a word costs a call a part of its time, and what is to be done is said', async () => {
  await using metadata = await startMetadataServer(port);
  metadata.treat = () => 'silent';
  const began = performance.now();
  await expect(open().readManifest(user)).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('docs/gke.md'),
  });
  // A call has 15 s.
  expect(performance.now() - began).toBeLessThan(12_000);
});

// What goes in parts is begun without it here: the client asks for an identity only at Google's own address then.
test('the token is asked for once, nothing else is, and every call is made with it', async () => {
  await using metadata = await startMetadataServer(port);
  const store = open();
  const before = bucket.calls.length;
  const [place, content] = [{ user, session: 'T1:D1:1.0' as const }, await temporaryFile('content')];
  const archive = await store.putArchive(place, content);
  await store.getArchive({ ...place, archive }, await temporaryFile(''));
  const calls = bucket.calls.slice(before);
  expect(new Set(calls.map(({ method }) => method))).toEqual(new Set(['GET', 'POST']));
  expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${token}`]));
  expect(metadata.asked).toEqual([expect.stringMatching(/\/token$/)]);
});
