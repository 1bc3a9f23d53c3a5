// All that the cluster tells of a runner, for operators: its newest pod, or its Job where there is none.
import type { CoreV1Event, V1ContainerState, V1ContainerStatus, V1Job, V1Pod } from '@kubernetes/client-node';
import { RunnelError } from '@runnel/shared';
import { DIAGNOSED_LINES, type ContainerDiagnostics, type PodDiagnostics } from '../../pod-diagnostics.ts';
import type { ClusterApi } from './cluster-api.ts';
import { decidePodEnd, describePodEnd, hasEnded } from './decide-pod-end.ts';
import { listPods } from './list-objects.ts';
import { eventsAbout, readJob } from './look-at-runner.ts';
import { momentOf } from './moment-of.ts';
import { byAge, readContainerLog } from './read-runner-log.ts';
import { identityOf, podsOfName, RUNNER_CONTAINER } from './runner-labels.ts';

export async function diagnoseRunner(api: ClusterApi, name: string): Promise<PodDiagnostics | undefined> {
  const job = await readJob(api, name);
  const { items } = await listPods(api, podsOfName(name));
  const pod = newestOf(items, job);
  const identity = identityOf(job ?? pod ?? {});
  if (identity === undefined) return undefined;
  const end = endOf(job, pod, items);
  return {
    ...identity,
    phase: phaseOf(pod),
    ...known('createdAt', momentOf((pod ?? job)?.metadata?.creationTimestamp)),
    ...known('node', pod?.spec?.nodeName),
    ...known('end', end),
    conditions: conditionsOf(pod, job),
    containers: pod === undefined ? [] : await containersOf(api, pod),
    events: await eventsOf(api, [identity.uid, pod?.metadata?.uid]),
  };
}

/** Of the Job that has the name now; what is left of an older one tells nothing about it. */
function newestOf(pods: readonly V1Pod[], job: V1Job | undefined): V1Pod | undefined {
  const uid = job?.metadata?.uid;
  const ours = uid === undefined ? pods : pods.filter((pod) => identityOf(pod)?.uid === uid);
  return ours.toSorted(byAge).at(-1);
}

function endOf(job: V1Job | undefined, pod: V1Pod | undefined, pods: readonly V1Pod[]): PodDiagnostics['end'] {
  if (job !== undefined) {
    return decidePodEnd(
      job,
      pods.filter((one) => identityOf(one)?.uid === job.metadata?.uid),
    );
  }
  return pod !== undefined && hasEnded(pod) ? describePodEnd(pod) : undefined;
}

function phaseOf(pod: V1Pod | undefined): PodDiagnostics['phase'] {
  switch (pod?.status?.phase) {
    case 'Running':
      return 'running';
    case 'Succeeded':
      return 'succeeded';
    case 'Failed':
      return 'failed';
    case 'Unknown':
      return 'unknown';
    default:
      return 'pending';
  }
}

function conditionsOf(pod: V1Pod | undefined, job: V1Job | undefined): PodDiagnostics['conditions'] {
  const all = [...(job?.status?.conditions ?? []), ...(pod?.status?.conditions ?? [])];
  return all.map(({ type, status, reason, message, lastTransitionTime }) => ({
    type,
    status,
    ...known('reason', reason),
    ...known('message', message),
    ...known('since', momentOf(lastTransitionTime)),
  }));
}

async function containersOf(api: ClusterApi, pod: V1Pod): Promise<ContainerDiagnostics[]> {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const runnerFirst = statuses.toSorted((one, other) => rankOf(one) - rankOf(other));
  return Promise.all(
    runnerFirst.map(async ({ name, state, lastState, restartCount, ready, image, imageID }) => ({
      name,
      state: stateOf(state),
      ...(Object.keys(lastState ?? {}).length === 0 ? {} : { lastState: stateOf(lastState) }),
      restarts: restartCount,
      ready,
      ...known('image', image),
      ...known('imageId', imageID === '' ? undefined : imageID),
      ...(await logOf(api, pod, name)),
    })),
  );
}

/** A machine that nobody hears gives no log; the rest is worth reading all the same. */
async function logOf(
  api: ClusterApi,
  pod: V1Pod,
  container: string,
): Promise<Pick<ContainerDiagnostics, 'logLines' | 'logFault'>> {
  try {
    return { logLines: await readContainerLog(api, { pod, container, lines: DIAGNOSED_LINES }) };
  } catch (error) {
    return { logLines: [], logFault: RunnelError.from(error).rawMessage };
  }
}

function rankOf({ name }: V1ContainerStatus): number {
  return name === RUNNER_CONTAINER ? 0 : 1;
}

function stateOf(state: V1ContainerState | undefined): ContainerDiagnostics['state'] {
  if (state?.terminated !== undefined) {
    const { exitCode, signal, reason, message, finishedAt } = state.terminated;
    return {
      kind: 'ended',
      exitCode,
      ...known('signal', signal),
      ...known('reason', reason),
      ...known('message', message),
      ...known('at', momentOf(finishedAt)),
    };
  }
  if (state?.running !== undefined) return { kind: 'running', ...known('since', momentOf(state.running.startedAt)) };
  return { kind: 'waiting', ...known('reason', state?.waiting?.reason), ...known('message', state?.waiting?.message) };
}

async function eventsOf(api: ClusterApi, uids: readonly (string | undefined)[]): Promise<PodDiagnostics['events']> {
  const lists = await Promise.all(uids.map(async (uid) => (uid === undefined ? [] : eventsAbout(api, uid))));
  const events = lists.flat().map((event) => ({
    ...known('at', lastSeen(event)),
    type: event.type ?? '',
    reason: event.reason ?? '',
    message: event.message ?? '',
    count: event.series?.count ?? event.count ?? 1,
  }));
  return events.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0));
}

function lastSeen({ series, lastTimestamp, eventTime, metadata }: CoreV1Event): number | undefined {
  return momentOf(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp);
}

/** A field that is left out where nothing is known. */
function known<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  const field: { [key in K]?: V } = {};
  if (value !== undefined) field[key] = value;
  return field;
}
