// Vitest's global setup of the tests on a cluster: whoever asks first starts it, the end of the run ends it.
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { startPlayedNodes } from './played-nodes.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: Promise<ControlPlane> | undefined;
  // Says where the secrets are, and none of them.
  const server = createServer((_, answer) => {
    cluster ??= startCluster();
    cluster.then(
      ({ folder }) => answer.end(folder),
      (error: unknown) => answer.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP address');
  project.provide('clusterStarter', `http://127.0.0.1:${address.port}`);
  return async () => {
    server.close();
    await cluster?.then(
      (started) => started.stop(),
      () => undefined,
    );
  };
}

async function startCluster(): Promise<ControlPlane> {
  const controlPlane = await startControlPlane({ folder: await mkdtemp(join(tmpdir(), 'runnel-cluster-')) });
  try {
    await startPlayedNodes(controlPlane, { nodes: 4 });
    return controlPlane;
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}
