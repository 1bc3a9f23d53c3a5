// A namespace as the runners' own is: what a runner's pod refers to is there, and only restricted pods are admitted.
import { CoreV1Api } from '@kubernetes/client-node';
import type { ClusterAccess } from './cluster-access.ts';

const SIZE = { storage: '1Gi' };
const CLAIM = 'runnel-state';

/** Resolves when all of it is asked for. Pods are scheduled once the claim has its volume, a moment later. */
export async function makeRunnerNamespace(access: ClusterAccess, name: string): Promise<void> {
  const core = access.config.makeApiClient(CoreV1Api);
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await core.createNamespace({ body: { metadata: { name, labels } } });
  await core.createNamespacedServiceAccount({ namespace: name, body: { metadata: { name: 'runnel-runner' } } });
  // Nobody ever mounts it: nodes are played.
  await core.createPersistentVolume({
    body: {
      metadata: { name },
      spec: {
        capacity: SIZE,
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        claimRef: { namespace: name, name: CLAIM },
        hostPath: { path: '/nonexistent' },
      },
    },
  });
  const spec = {
    accessModes: ['ReadWriteMany'],
    storageClassName: '',
    volumeName: name,
    resources: { requests: SIZE },
  };
  await core.createNamespacedPersistentVolumeClaim({ namespace: name, body: { metadata: { name: CLAIM }, spec } });
}
