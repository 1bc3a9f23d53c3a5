// A namespace as the runners' own is, for one test. Pods are scheduled as soon as there are any.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { CoreV1Api } from '@kubernetes/client-node';
import { vi } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import type { FreshNamespace } from '../cluster/fresh-namespace.ts';
import { makeRunnerNamespace } from '../cluster/make-runner-namespace.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';

const PRIORITY_CLASSES = fileURLToPath(new URL('../../k8s/base/priority-classes.yaml', import.meta.url));

export async function freshRunnerNamespace(access: ClusterAccess): Promise<FreshNamespace> {
  const core = access.config.makeApiClient(CoreV1Api);
  const name = `runners-${randomBytes(5).toString('hex')}`;
  // Somebody may make them at the same moment: one of the two is told that they exist.
  await vi.waitFor(() => runKubectl(access, ['apply', '-f', PRIORITY_CLASSES]), { timeout: 60_000, interval: 500 });
  await makeRunnerNamespace(access, name);
  const isBound = async (): Promise<void> => {
    const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace: name });
    if (!items.some(({ status }) => status?.phase === 'Bound')) throw new Error('The claim has no volume yet.');
  };
  await vi.waitFor(isBound, { timeout: 60_000, interval: 100 });
  return {
    name,
    async [Symbol.asyncDispose]() {
      await core.deleteNamespace({ name });
      await core.deletePersistentVolume({ name });
    },
  };
}
