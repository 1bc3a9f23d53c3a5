// Ends a runner's pods, and frees its name: always this very one, by UID, whoever else is at it.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import type { Pod } from '../../pod-backend.ts';
import { unlessGone, type ClusterApi } from './cluster-api.ts';
import { hasEnded } from './decide-pod-end.ts';
import { listPods } from './list-objects.ts';
import { lookAtRunner, readJob } from './look-at-runner.ts';
import { podsOfJob } from './runner-labels.ts';

const POLL_MS = 250;
/** What a machine that is heard needs to kill a pod and say so. */
const KILLED_WITHIN_MS = 10_000;
/** The shortest grace that leaves the kubelet to say that everything is gone; none at all would only forget the pod. */
const NO_GRACE_SECONDS = 1;

/** What is left after the grace is killed; the name stays taken. */
export async function stopRunner(api: ClusterApi, pod: Pod, graceMs: number): Promise<void> {
  const seconds = Math.max(NO_GRACE_SECONDS, Math.ceil(graceMs / 1_000));
  for (const one of await activePods(api, pod)) await deletePod(api, one, seconds);
  await untilEnded(api, pod, graceMs + KILLED_WITHIN_MS);
  const left = await lookAtRunner(api, pod.name);
  // It had no pod yet, got another one, or its machine is not heard.
  if (left?.uid === pod.uid && left.end === undefined) await removeRunner(api, pod);
}

/** Its Job goes first, so that nothing is made in place of its pods. */
export async function removeRunner(api: ClusterApi, pod: Pod): Promise<void> {
  const { namespace } = api;
  const body = { preconditions: { uid: pod.uid }, propagationPolicy: 'Background' };
  unlessGone(await api.ask(() => api.batch.deleteNamespacedJob({ namespace, name: pod.name, body })));
  for (const one of await activePods(api, pod)) await deletePod(api, one, NO_GRACE_SECONDS);
  await untilEnded(api, pod, KILLED_WITHIN_MS);
  // Nobody hears its machine: the lease keeps out what may still run there.
  for (const one of await activePods(api, pod)) await deletePod(api, one, 0);
  await untilFree(api, pod);
}

async function activePods(api: ClusterApi, { uid }: Pod): Promise<V1Pod[]> {
  const { items } = await listPods(api, podsOfJob(uid));
  return items.filter((pod) => !hasEnded(pod));
}

async function deletePod(api: ClusterApi, { metadata }: V1Pod, gracePeriodSeconds: number): Promise<void> {
  const { namespace } = api;
  const { name = '', uid = '' } = metadata ?? {};
  const body = { gracePeriodSeconds, preconditions: { uid } };
  unlessGone(await api.ask(() => api.core.deleteNamespacedPod({ namespace, name, body })));
}

async function untilEnded(api: ClusterApi, pod: Pod, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline && (await activePods(api, pod)).length > 0) await sleep(POLL_MS);
}

/** Somebody may have asked for it to go only after its pods. */
async function untilFree(api: ClusterApi, { name, uid }: Pod): Promise<void> {
  const deadline = performance.now() + KILLED_WITHIN_MS;
  while (performance.now() < deadline && (await readJob(api, name))?.metadata?.uid === uid) await sleep(POLL_MS);
}
