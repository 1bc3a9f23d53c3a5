// What a runner that has not ended waits for, and what keeps it: from its pod and the events about it.
import type { CoreV1Event, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import type { PodWaiting } from '../../pod-backend.ts';
import { decideRefusal } from './decide-api-outcome.ts';
import { momentOf } from './moment-of.ts';

type Trouble = NonNullable<PodWaiting['trouble']>;
type ContainerTrouble = Trouble & { readonly code: 'image' | 'configuration' };

/** The kubelet's reasons of a container that waits. */
const WAITING_FOR_IMAGE = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
]);
const NOT_STARTABLE = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'CrashLoopBackOff',
]);
/** Events about a pod that has its machine. */
const NOT_PREPARED = new Set(['FailedMount', 'FailedAttachVolume', 'FailedCreatePodSandBox']);

/** Events that come only once all of that is done. */
const PREPARED = new Set(['Pulling', 'Pulled', 'Created', 'Started']);

/** `pod` is the one that is there, if any; `events` are about it, or about its Job where there is none. */
export function decidePodWaiting(pod: V1Pod | undefined, events: readonly CoreV1Event[]): PodWaiting {
  if (pod === undefined) return beforeThePod(events);
  return isScheduled(pod) ? onTheMachine(pod, events) : beforeTheMachine(pod, events);
}

/** What the kubelet says about containers that wait, those of sidecars included. */
export function troubleOfContainers(pod: V1Pod): ContainerTrouble | undefined {
  return statusesOf(pod)
    .map(troubleOfContainer)
    .find((trouble) => trouble !== undefined);
}

function troubleOfContainer({ name, state }: V1ContainerStatus): ContainerTrouble | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const said = `${name}: ${reason}: ${message}`;
  if (WAITING_FOR_IMAGE.has(reason)) return { code: 'image', message: said };
  return NOT_STARTABLE.has(reason) ? { code: 'configuration', message: said } : undefined;
}

function onTheMachine(pod: V1Pod, events: readonly CoreV1Event[]): PodWaiting {
  const said = troubleOfContainers(pod);
  if (said !== undefined) return { stage: said.code === 'image' ? 'image' : 'scheduled', trouble: said };
  if (statusesOf(pod).some(({ state }) => state?.running !== undefined)) return { stage: 'starting' };
  const trouble = troubleOfMachine(events);
  const stage = pulls(events) ? 'image' : 'scheduled';
  return trouble === undefined ? { stage } : { stage, trouble };
}

function statusesOf({ status }: V1Pod): V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** The Job controller may not make it, or has not yet. */
function beforeThePod(events: readonly CoreV1Event[]): PodWaiting {
  const refusal = newest(events, (event) => event.reason === 'FailedCreate');
  if (refusal?.message === undefined) return { stage: 'created' };
  return { stage: 'created', trouble: { code: decideRefusal(refusal.message), message: refusal.message } };
}

function beforeTheMachine(pod: V1Pod, events: readonly CoreV1Event[]): PodWaiting {
  const verdict = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (verdict?.reason !== 'Unschedulable') return { stage: 'created' };
  const message = verdict.message ?? '';
  if (/persistentvolumeclaim .* not found/.test(message)) {
    return { stage: 'created', trouble: { code: 'configuration', message } };
  }
  // The autoscaler's last word counts.
  const scaling = newest(events, ({ reason = '' }) => reason.endsWith('ScaleUp'));
  if (scaling?.reason === 'TriggeredScaleUp') return { stage: 'created', isMachineComing: true };
  return { stage: 'created', trouble: { code: 'unschedulable', message } };
}

/** The newest word counts: events stay for an hour, and what failed once may have gone well since. */
function troubleOfMachine(events: readonly CoreV1Event[]): Trouble | undefined {
  const failure = newest(events, ({ reason = '' }) => NOT_PREPARED.has(reason) || PREPARED.has(reason));
  if (failure === undefined || PREPARED.has(failure.reason ?? '')) return undefined;
  return { code: 'configuration', message: `${failure.reason}: ${failure.message ?? ''}` };
}

function pulls(events: readonly CoreV1Event[]): boolean {
  return newest(events, ({ reason }) => reason === 'Pulling' || reason === 'Pulled')?.reason === 'Pulling';
}

function isScheduled({ spec, status }: V1Pod): boolean {
  if (spec?.nodeName !== undefined && spec.nodeName !== '') return true;
  return status?.conditions?.some((one) => one.type === 'PodScheduled' && one.status === 'True') ?? false;
}

function newest(events: readonly CoreV1Event[], fits: (event: CoreV1Event) => boolean): CoreV1Event | undefined {
  return events
    .filter(fits)
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .at(-1);
}

/** Repeated events are counted in place, in one of two ways. */
function timeOf({ series, lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return momentOf(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp) ?? 0;
}
