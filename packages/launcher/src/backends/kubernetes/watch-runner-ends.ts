// Sees runners end, by the pods that Kubernetes made for their Jobs; where no pod is left to tell, by the Job.
import type { V1Job, V1Pod } from '@kubernetes/client-node';
import type { EndedPod, PodEnd } from '../../pod-backend.ts';
import type { ClusterApi } from './cluster-api.ts';
import { decidePodEnd, describePodEnd, hasEnded } from './decide-pod-end.ts';
import { listJobs, listPods } from './list-objects.ts';
import { ObjectMirror } from './object-mirror.ts';
import { identityOf, podsOfJob, runnerSelector } from './runner-labels.ts';

export type RunnerWatch = {
  readonly api: ClusterApi;
  readonly onEnd: (pod: EndedPod) => void;
  readonly onError: (error: unknown) => void;
  readonly silenceMs: number;
};

/** `EX_TEMPFAIL`: not the end of the runner, whose Job goes on with another pod. */
const BUSY = 75;
/** Jobs whose ends were told. What fell out of it would be told again, which is harmless. */
const REMEMBERED = 10_000;

type Identity = NonNullable<ReturnType<typeof identityOf>>;

/** Resolves when the signal aborts. */
export async function watchRunnerEnds(parts: RunnerWatch, signal: AbortSignal): Promise<void> {
  const { api, onError, silenceMs } = parts;
  const { config, namespace } = api;
  const common = { config, labelSelector: runnerSelector, onError, silenceMs };
  const told = new Map<string, Set<string>>();
  const tell = (identity: Identity, end: PodEnd): void => {
    const owners = told.get(identity.uid) ?? new Set();
    if (owners.has(end.owner)) return;
    told.set(identity.uid, owners.add(end.owner));
    const [oldest] = told.keys();
    if (told.size > REMEMBERED && oldest !== undefined) told.delete(oldest);
    parts.onEnd({ ...identity, end });
  };
  const jobs = new ObjectMirror<V1Job>({
    ...common,
    path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
    list: () => listJobs(api, runnerSelector),
    onChange(job, isGone) {
      const identity = identityOf(job);
      if (identity === undefined || told.has(identity.uid)) return;
      if (!isGone && decidePodEnd(job, []) === undefined) return;
      void tellPodless({ api, job, isGone })
        .then((end) => (end === undefined || told.has(identity.uid) ? undefined : tell(identity, end)))
        .catch(onError);
    },
  });
  const pods = new ObjectMirror<V1Pod>({
    ...common,
    path: `/api/v1/namespaces/${namespace}/pods`,
    list: () => listPods(api, runnerSelector),
    onChange(pod, isGone) {
      const identity = identityOf(pod);
      if (identity === undefined || !(isGone || hasEnded(pod))) return;
      const how = describePodEnd(pod, jobs.get(identity.uid));
      // Forgotten without a word of its machine: something may still run there, so its lease is left to expire.
      const end = hasEnded(pod) ? how : { ...how, owner: '' };
      if (end.reason !== 'exited' || end.exitCode !== BUSY) tell(identity, end);
    },
  });
  const watching = jobs.run(signal);
  // A Job knows that its deadline was the end of a pod.
  await jobs.synced;
  await Promise.all([watching, pods.run(signal)]);
}

type Podless = { readonly api: ClusterApi; readonly job: V1Job; readonly isGone: boolean };

/** The end of a Job that has no pod; undefined where a pod is left, whose own end will tell more. */
async function tellPodless({ api, job, isGone }: Podless): Promise<PodEnd | undefined> {
  const uid = job.metadata?.uid ?? '';
  const { items } = await listPods(api, podsOfJob(uid));
  if (items.length > 0) return undefined;
  return isGone ? { owner: '', reason: 'killed' } : decidePodEnd(job, []);
}
