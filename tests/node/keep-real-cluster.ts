// `npm run cluster -- up` as root: a cluster with a real node, until this is told to end. In the namespaces of `scripts/keep-cluster.mjs`.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RECORD_FILE, type ClusterRecord } from '../cluster/standing-cluster.ts';
import { startRealCluster } from './start-real-cluster.ts';

const LOOK_AGAIN_MS = 1_000;

const NODES =
  'a real node (kubelet, containerd, runc) in namespaces of its own, beside a Redis and the Slack stand-in that its fleet talks to';

const [folder = ''] = process.argv.slice(2);
const ending = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());

const inside = join(folder, 'inside');
mkdirSync(inside);
const cluster = await startRealCluster(inside, 2);
try {
  const record: ClusterRecord = { nodes: NODES, kubeconfig: cluster.controlPlane.access.kubeconfig };
  const file = join(folder, RECORD_FILE);
  writeFileSync(`${file}.new`, JSON.stringify(record));
  renameSync(`${file}.new`, file);
  while (!ending.signal.aborted) {
    cluster.controlPlane.processes.assertAlive();
    await sleep(LOOK_AGAIN_MS, undefined, { signal: ending.signal }).catch(() => undefined);
  }
} finally {
  await cluster[Symbol.asyncDispose]();
}
process.exit(0);
