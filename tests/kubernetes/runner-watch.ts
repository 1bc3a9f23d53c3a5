// What there is of runners in a namespace, as the API server tells it: every Job, and how many pods at once.
import { BatchV1Api, CoreV1Api, type KubernetesObject, type V1Pod } from '@kubernetes/client-node';
import type { UserKey } from '@runnel/shared';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { followObjects } from '../cluster/follow-objects.ts';

export type RunnerJob = { readonly user: UserKey; readonly generation: string };

export type RunnerWatch = AsyncDisposable & {
  /** Every Job that there ever was, in the order in which they came. */
  readonly jobs: readonly RunnerJob[];
  /** Whose pods have not ended, as the API server told last. */
  active(): UserKey[];
  /** The most of them at any moment. */
  mostActive(): number;
  /** Who ever had two active pods at once. */
  readonly doubled: ReadonlySet<UserKey>;
};

export type RunnerWatchOptions = {
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** Told of each pod whenever something about it changes. */
  readonly onPod?: (pod: V1Pod) => void;
};

export async function watchRunners({ access, namespace, onPod }: RunnerWatchOptions): Promise<RunnerWatch> {
  const core = access.config.makeApiClient(CoreV1Api);
  const batch = access.config.makeApiClient(BatchV1Api);
  const jobs: RunnerJob[] = [];
  const seen = new Set<string>();
  const active = new Map<string, UserKey>();
  const doubled = new Set<UserKey>();
  let most = 0;
  const count = (pod: V1Pod, isGone: boolean): void => {
    const uid = pod.metadata?.uid ?? '';
    if (isGone || hasEnded(pod)) active.delete(uid);
    else active.set(uid, launchOf(pod).user);
    most = Math.max(most, active.size);
    for (const [user, pods] of Map.groupBy(active.values(), (one) => one)) if (pods.length > 1) doubled.add(user);
  };
  await using opened = new AsyncDisposableStack();
  opened.use(
    await followObjects({
      access,
      path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
      list: () => batch.listNamespacedJob({ namespace }),
      see: (job) => {
        const uid = job.metadata?.uid ?? '';
        if (!seen.has(uid)) jobs.push(launchOf(job));
        seen.add(uid);
      },
    }),
  );
  opened.use(
    await followObjects({
      access,
      path: `/api/v1/namespaces/${namespace}/pods`,
      list: () => core.listNamespacedPod({ namespace }),
      see: (pod, isGone) => {
        count(pod, isGone);
        if (!isGone) onPod?.(pod);
      },
    }),
  );
  const kept = opened.move();
  return {
    jobs,
    active: () => [...active.values()],
    mostActive: () => most,
    doubled,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

export function launchOf({ metadata }: KubernetesObject): RunnerJob {
  const { 'runnel.dev/user-key': user = '', 'runnel.dev/generation': generation = '' } = metadata?.annotations ?? {};
  return { user: user as UserKey, generation };
}

function hasEnded({ status }: V1Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}
