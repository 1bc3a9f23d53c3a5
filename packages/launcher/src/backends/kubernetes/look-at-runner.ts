// What the cluster knows of one runner now: its Job, the pods made for it, and while it starts the events about them.
import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { RunnelError } from '@runnel/shared';
import type { Pod } from '../../pod-backend.ts';
import { unlessGone, type ClusterApi } from './cluster-api.ts';
import { decidePodEnd, hasEnded } from './decide-pod-end.ts';
import { decidePodWaiting } from './decide-pod-waiting.ts';
import { listPods } from './list-objects.ts';
import { identityOf, podsOfJob, RUNNER_CONTAINER } from './runner-labels.ts';

/** Who has the name; undefined when it is free. */
export async function lookAtRunner(api: ClusterApi, name: string): Promise<Pod | undefined> {
  const job = await readJob(api, name);
  if (job === undefined) return undefined;
  const identity = identityOf(job);
  if (identity === undefined) {
    throw new RunnelError('pod_start_failed', `The Job ${name} is there, but no runner's: it lacks our annotations.`);
  }
  const { items: pods } = await listPods(api, podsOfJob(identity.uid));
  const end = decidePodEnd(job, pods);
  if (end !== undefined) return { ...identity, end };
  const pod = pods
    .filter((one) => !hasEnded(one))
    .toSorted(byName)
    .at(0);
  if (pod !== undefined && runs(pod)) return { ...identity, waiting: { stage: 'starting' } };
  const events = await eventsAbout(api, pod?.metadata?.uid ?? identity.uid);
  return { ...identity, waiting: decidePodWaiting(pod, events) };
}

export async function readJob(api: ClusterApi, name: string): Promise<V1Job | undefined> {
  const { namespace } = api;
  return unlessGone(await api.ask(() => api.batch.readNamespacedJob({ namespace, name })));
}

/** Of an object by its UID, in no order. */
export async function eventsAbout(api: ClusterApi, uid: string): Promise<CoreV1Event[]> {
  const { namespace } = api;
  const fieldSelector = `involvedObject.uid=${uid}`;
  return unlessGone(await api.ask(() => api.core.listNamespacedEvent({ namespace, fieldSelector })))?.items ?? [];
}

function runs({ status }: V1Pod): boolean {
  const runner = status?.containerStatuses?.find(({ name }) => name === RUNNER_CONTAINER);
  return runner?.state?.running !== undefined;
}

function byName(one: V1Pod, other: V1Pod): number {
  return (one.metadata?.name ?? '').localeCompare(other.metadata?.name ?? '');
}
