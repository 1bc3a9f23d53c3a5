// Ends a pod of a played node, as its kubelet would write it when the runner in it has ended.
import { CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { ClusterAccess } from './cluster-access.ts';

export type PlayedEnd = {
  readonly namespace: string;
  readonly name: string;
  readonly exitCode: number;
};

export async function endPlayedPod(access: ClusterAccess, { namespace, name, exitCode }: PlayedEnd): Promise<void> {
  const core = access.config.makeApiClient(CoreV1Api);
  const { spec } = await core.readNamespacedPod({ namespace, name });
  const now = new Date().toISOString();
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const terminated = { exitCode, reason, startedAt: now, finishedAt: now };
  const containerStatuses = (spec?.containers ?? []).map((container) => ({
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    started: false,
    restartCount: 0,
    state: { terminated },
  }));
  const body = { status: { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses } };
  await core.patchNamespacedPodStatus(
    { namespace, name, body },
    setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
  );
}
