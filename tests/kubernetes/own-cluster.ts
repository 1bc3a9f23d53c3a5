// A cluster for a test that stops its API server, or takes away what it remembers.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { startPlayedNodes } from '../cluster/played-nodes.ts';

export type OwnCluster = AsyncDisposable & { readonly plane: ControlPlane };

export async function startOwnCluster(): Promise<OwnCluster> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'runnel-own-cluster-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const plane = await startControlPlane({ folder });
  opened.defer(() => plane.stop());
  await startPlayedNodes(plane, { nodes: 1 });
  const kept = opened.move();
  return { plane, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
