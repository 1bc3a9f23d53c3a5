// Whether a runner has ended, and how: from its Job and the pods that Kubernetes made for it.
import type { V1ContainerStateTerminated, V1Job, V1Pod, V1PodCondition } from '@kubernetes/client-node';
import type { PodEnd } from '../../pod-backend.ts';
import { troubleOfContainers } from './decide-pod-waiting.ts';
import { momentOf } from './moment-of.ts';
import { RUNNER_CONTAINER } from './runner-labels.ts';

/** `EX_TEMPFAIL`: this pod found the lease taken. Another one of the same Job is meant to live on. */
const BUSY = 75;
/** 128 + SIGKILL. */
const KILLED = 137;

/** The kubelet's words for a pod that wrote more than it may; a machine that ran full has others. */
const OVER_ITS_STORAGE = /exceeds the (total )?limit|exceeded its local ephemeral storage limit/;

const NODE_SHUTDOWN = /imminent node shutdown/;
/** Of a pod's status, and of its condition `DisruptionTarget`; every other reason there means that it had to move. */
const REASONS = new Map<string, 'evicted' | 'preempted'>([
  ['Evicted', 'evicted'],
  ['NodeLost', 'evicted'],
  ['NodeShutdown', 'preempted'],
  ['Preempting', 'preempted'],
  ['PreemptionByScheduler', 'preempted'],
]);

type How = PodEnd extends infer One ? (One extends PodEnd ? Omit<One, 'owner'> : never) : never;

/** `pods` are all that the API knows of the Job, whatever their state. */
export function decidePodEnd(job: V1Job, pods: readonly V1Pod[]): PodEnd | undefined {
  const ended = pods.filter(hasEnded);
  if (ended.length < pods.length) return undefined;
  // Kubernetes may have started two: the one that found the lease taken says nothing about the Job.
  const telling = ended
    .filter((pod) => exitCodeOf(pod) !== BUSY)
    .toSorted(byAge)
    .at(0);
  if (telling !== undefined) return describePodEnd(telling, job);
  return endOfJob(job, pods);
}

/** Processes and sidecars included: the kubelet says so, or somebody who knows that its machine is gone. */
export function hasEnded(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** How a pod that is known to be over has ended; `job`, where it is still there, knows of the deadline. */
export function describePodEnd(pod: V1Pod, job?: V1Job): PodEnd {
  return { owner: pod.metadata?.uid ?? '', ...howPodEnded(pod, job) };
}

function howPodEnded(pod: V1Pod, job: V1Job | undefined): How {
  const terminated = runnerState(pod);
  if (terminated?.exitCode === BUSY) return { reason: 'exited', exitCode: BUSY };
  const ceiling = ceilingOf(pod);
  if (ceiling !== undefined) return { reason: ceiling };
  if (isPastDeadline(pod, job)) return { reason: 'deadline' };
  const disruption = disruptionOf(pod);
  if (disruption !== undefined) return { reason: disruption };
  if (terminated !== undefined) return howItExited(terminated);
  // It never ran. What kept it from running says more than that it is gone.
  return { reason: troubleOfContainers(pod)?.code ?? 'killed' };
}

function howItExited({ exitCode, reason = '' }: V1ContainerStateTerminated): How {
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return { reason: 'configuration' };
  return exitCode === KILLED ? { reason: 'killed' } : { reason: 'exited', exitCode };
}

/** What it used too much of: its own doing. Whoever takes over the same work at once would do so again. */
function ceilingOf(pod: V1Pod): 'memory' | 'storage' | undefined {
  if (runnerState(pod)?.reason === 'OOMKilled') return 'memory';
  return OVER_ITS_STORAGE.test(pod.status?.message ?? '') ? 'storage' : undefined;
}

function isPastDeadline(pod: V1Pod, job: V1Job | undefined): boolean {
  if (pod.status?.reason === 'DeadlineExceeded' || hasReason(job, 'DeadlineExceeded')) return true;
  const askedAt = askedToEndAt(pod);
  const beganAt = momentOf(job?.status?.startTime);
  const seconds = job?.spec?.activeDeadlineSeconds ?? Infinity;
  // The Job controller deletes its pods before it writes down why.
  return askedAt !== undefined && beganAt !== undefined && askedAt - beganAt >= seconds * 1_000;
}

/** Kubernetes writes down when the grace is over, not when it began. */
function askedToEndAt({ metadata }: V1Pod): number | undefined {
  const goneAt = momentOf(metadata?.deletionTimestamp);
  return goneAt === undefined ? undefined : goneAt - 1_000 * (metadata?.deletionGracePeriodSeconds ?? 0);
}

/** By what the kubelet says of the whole pod, then by what is said of its disruption. */
function disruptionOf({ status = {} }: V1Pod): 'evicted' | 'preempted' | undefined {
  const { reason = '', message = '', conditions = [] } = status;
  const target = conditions.find(isDisruption);
  if (NODE_SHUTDOWN.test(`${message} ${target?.message}`)) return 'preempted';
  const moved = target === undefined ? undefined : 'evicted';
  return REASONS.get(reason) ?? REASONS.get(target?.reason ?? '') ?? moved;
}

function isDisruption({ type, status }: V1PodCondition): boolean {
  return type === 'DisruptionTarget' && status === 'True';
}

/** The Job is over and no pod of it can tell how. Nobody knows any more who the owner was. */
function endOfJob(job: V1Job, pods: readonly V1Pod[]): PodEnd | undefined {
  if (hasReason(job, 'DeadlineExceeded', ['Failed'])) return { owner: '', reason: 'deadline' };
  const isLeaving = job.metadata?.deletionTimestamp !== undefined;
  const isOver = job.status?.conditions?.some(
    ({ type, status }) => (type === 'Failed' || type === 'Complete') && status === 'True',
  );
  if (isOver !== true && !isLeaving) return undefined;
  const [busy] = pods;
  // Only a pod that found the lease taken: it has the last word where nobody else has one.
  if (busy !== undefined) return describePodEnd(busy, job);
  return { owner: '', reason: 'killed' };
}

function hasReason(job: V1Job | undefined, reason: string, types = ['Failed', 'FailureTarget']): boolean {
  const conditions = job?.status?.conditions ?? [];
  return conditions.some((one) => types.includes(one.type) && one.status === 'True' && one.reason === reason);
}

function runnerState(pod: V1Pod): V1ContainerStateTerminated | undefined {
  const statuses = pod.status?.containerStatuses ?? [];
  return statuses.find(({ name }) => name === RUNNER_CONTAINER)?.state?.terminated;
}

function exitCodeOf(pod: V1Pod): number | undefined {
  return runnerState(pod)?.exitCode;
}

function byAge(one: V1Pod, other: V1Pod): number {
  return (momentOf(one.metadata?.creationTimestamp) ?? 0) - (momentOf(other.metadata?.creationTimestamp) ?? 0);
}
