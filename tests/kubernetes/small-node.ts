// A played node with room for one runner, which only those see who select it: for what schedulers and controllers do to runners.
import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { expect } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';

export type SmallNode = AsyncDisposable & {
  readonly selector: Readonly<Record<string, string>>;
  /** Nothing may run there any more. */
  taint(): Promise<void>;
};

const ROOM = { cpu: '700m', memory: '4Gi', pods: '10', 'ephemeral-storage': '20Gi' };
const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
const patiently = { timeout: 60_000 };

export async function startSmallNode(access: ClusterAccess, name: string): Promise<SmallNode> {
  const core = access.config.makeApiClient(CoreV1Api);
  const selector = { 'kubernetes.io/hostname': name };
  const metadata = { name, annotations: { 'kwok.x-k8s.io/node': 'played' }, labels: selector };
  // What does not select it stays away.
  const only = { key: 'runnel.dev/test', value: name, effect: 'NoSchedule' };
  await core.createNode({ body: { metadata, spec: { taints: [only] } } });
  const isReady = async (): Promise<boolean> =>
    (await core.readNode({ name })).status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ??
    false;
  await expect.poll(isReady, patiently).toBe(true);
  const status = { capacity: ROOM, allocatable: ROOM };
  await core.patchNodeStatus({ name, body: { status } }, MERGE);
  return {
    selector,
    async taint() {
      const taints = [only, { key: 'runnel.dev/broken', effect: 'NoExecute' }];
      await core.patchNode({ name, body: { spec: { taints } } }, MERGE);
    },
    async [Symbol.asyncDispose]() {
      await core.deleteNode({ name });
    },
  };
}
