// Etcd forgets the place of a watch, as it does every few minutes on any cluster.
import { CoreV1Api } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { startOwnCluster } from './own-cluster.ts';
import { startPlayedFleet } from './played-fleet.ts';

const soon = { timeout: 240_000, interval: 200 };

test('a watch whose place in etcd is compacted away lists again: the next end is seen as quickly as any', async () => {
  await using cluster = await startOwnCluster();
  const { plane } = cluster;
  // Nobody but the watch sees the end in time: neither the reconciler nor the lease.
  const settings = { RECONCILE_INTERVAL: '1h' };
  await using fleet = await startPlayedFleet(plane.access, { people: 1, leaseMs: 600_000, settings });
  const { story, runners } = fleet;
  const person = story.person(0);
  runners.hold();
  person.say('hello');
  await expect.poll(() => runners.acquired.length, soon).toBe(1);
  await makeHistory(plane);
  await compact(plane.etcdUrl);
  await plane.restartApiServer();
  runners.crash(person.userKey, 1);
  await expect.poll(() => runners.acquired.length, { timeout: 90_000 }).toBe(2);
  runners.release();
  await expect.poll(() => fleet.asleep(person), soon).toBe(true);
});

async function makeHistory({ access }: ControlPlane): Promise<void> {
  const core = access.config.makeApiClient(CoreV1Api);
  for (let n = 0; n < 20; n += 1) {
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: `history-${n}` } } });
  }
}

/** Etcd forgets everything but how things are now. */
async function compact(etcdUrl: string): Promise<void> {
  const range = await post(`${etcdUrl}/v3/kv/range`, { key: 'AA==', range_end: 'AA==', limit: 1 });
  const { header } = range as { header: { revision: string } };
  await post(`${etcdUrl}/v3/kv/compaction`, { revision: header.revision, physical: true });
}

async function post(url: string, body: object): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
