// What a cluster said of runners, recorded as JSON from a real API server: one file a failure, each with what it means.
import { readFileSync, readdirSync } from 'node:fs';
import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import type { PodEnd, PodWaiting } from '../../pod-backend.ts';
import { decidePodEnd, describePodEnd } from './decide-pod-end.ts';
import { decidePodWaiting } from './decide-pod-waiting.ts';

type Recorded = { readonly job: V1Job; readonly pods: V1Pod[]; readonly events: CoreV1Event[] };

const folder = new URL('fixtures/', import.meta.url);

function recorded(name: string): Recorded {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Recorded;
}

const ends: Record<string, PodEnd['reason'] | number> = {
  'exit-0': 0,
  'exit-1': 1,
  'exit-137': 'killed',
  'out-of-memory': 'memory',
  'killed-for-memory': 'memory',
  // Its `tmp` was full, but it had handed over when it ended.
  'evicted-and-drained': 0,
  'evicted-by-kubelet': 'evicted',
  'node-gone': 'evicted',
  taint: 'evicted',
  'node-shutdown': 'preempted',
  preempted: 'preempted',
  deadline: 'deadline',
  'only-the-job-left': 'killed',
};

const waits: Record<string, { stage: PodWaiting['stage']; code?: string; says?: RegExp }> = {
  running: { stage: 'starting' },
  scheduled: { stage: 'scheduled' },
  'container-creating': { stage: 'scheduled' },
  'image-pull': { stage: 'image', code: 'image', says: /^runner: ErrImagePull: / },
  'image-pull-back-off': { stage: 'image', code: 'image', says: /ImagePullBackOff/ },
  'image-name': { stage: 'image', code: 'image', says: /InvalidImageName/ },
  'image-never-pulled': { stage: 'image', code: 'image', says: /ErrImageNeverPull/ },
  'container-config': { stage: 'scheduled', code: 'configuration', says: /CreateContainerConfigError/ },
  'container-create': { stage: 'scheduled', code: 'configuration', says: /CreateContainerError/ },
  'container-run': { stage: 'scheduled', code: 'configuration', says: /RunContainerError/ },
  volume: { stage: 'scheduled', code: 'configuration', says: /^FailedMount: / },
  sandbox: { stage: 'scheduled', code: 'configuration', says: /^FailedCreatePodSandBox: / },
  unschedulable: { stage: 'created', code: 'unschedulable', says: /nodes are available/ },
  'claim-missing': { stage: 'created', code: 'configuration', says: /persistentvolumeclaim "nothing" not found/ },
  'account-missing': { stage: 'created', code: 'configuration', says: /serviceaccount "nobody" not found/ },
  quota: { stage: 'created', code: 'quota', says: /exceeded quota/ },
  'limit-range': { stage: 'created', code: 'quota', says: /maximum memory usage per Container/ },
};

test('every recording is looked at', () => {
  const names = readdirSync(folder).map((file) => file.replace('.json', ''));
  expect(names.toSorted()).toEqual([...Object.keys(ends), ...Object.keys(waits), 'lease-taken'].toSorted());
});

describe('a runner that has ended', () => {
  test.for(Object.entries(ends))('%s: %s', ([name, how]) => {
    const { job, pods } = recorded(name);
    const owner = pods[0]?.metadata?.uid ?? '';
    const end = typeof how === 'number' ? { reason: 'exited', exitCode: how } : { reason: how };
    expect(decidePodEnd(job, pods)).toEqual({ owner, ...end });
  });

  test('is over its storage when its kubelet says so of the pod, not of the machine', () => {
    const { job, pods } = recorded('evicted-by-kubelet');
    for (const message of [
      'Pod ephemeral local storage usage exceeds the total limit of containers 8Gi. ',
      'Usage of EmptyDir volume "workspace" exceeds the limit "4Gi". ',
      'Container runner exceeded its local ephemeral storage limit "8Gi". ',
    ]) {
      for (const { status } of pods) Object.assign(status ?? {}, { message });
      expect(decidePodEnd(job, pods)).toMatchObject({ reason: 'storage' });
    }
  });

  test('never ran where what it waited for says why', () => {
    const { job, pods } = recorded('image-pull');
    const [pod] = pods;
    if (pod === undefined) throw new Error('the recorded pod');
    expect(describePodEnd(pod, job)).toMatchObject({ reason: 'image' });
  });

  test('could not be run by its machine', () => {
    const { job, pods } = recorded('exit-1');
    for (const status of pods.flatMap((pod) => pod.status?.containerStatuses ?? [])) {
      Object.assign(status.state?.terminated ?? {}, { reason: 'StartError', exitCode: 128 });
    }
    expect(decidePodEnd(job, pods)).toMatchObject({ reason: 'configuration' });
  });

  test('has not when one of its pods found the lease taken and another one lives', () => {
    const { job, pods } = recorded('lease-taken');
    expect(decidePodEnd(job, pods)).toBeUndefined();
    const busy = pods.filter(({ status }) => status?.phase === 'Failed');
    // Its Job is about to have another one.
    expect(decidePodEnd(job, busy)).toBeUndefined();
  });
});

describe('a runner that has not ended', () => {
  test.for(Object.entries(waits))('%s: %o', ([name, { stage, code, says = /./ }]) => {
    const { job, pods, events } = recorded(name);
    expect(decidePodEnd(job, pods)).toBeUndefined();
    const trouble = code === undefined ? {} : { trouble: { code, message: expect.stringMatching(says) } };
    expect(decidePodWaiting(pods[0], events)).toEqual({ stage, ...trouble });
  });

  test('waits for a machine that the autoscaler starts, until it says that it does not', () => {
    const { pods, events } = recorded('unschedulable');
    const [event] = events;
    if (event === undefined) throw new Error('the recorded event');
    const said = (reason: string, seconds: number): CoreV1Event => {
      const lastTimestamp = new Date(1_795_270_800_000 + seconds * 1_000);
      const { series: _series, eventTime: _eventTime, ...rest } = event;
      return { ...rest, reason, lastTimestamp };
    };
    const coming = [said('FailedScheduling', 0), said('TriggeredScaleUp', 1)];
    expect(decidePodWaiting(pods[0], coming)).toEqual({ stage: 'created', isMachineComing: true });
    const failed = [...coming, said('NotTriggerScaleUp', 2)];
    expect(decidePodWaiting(pods[0], failed)).toMatchObject({ trouble: { code: 'unschedulable' } });
  });

  test('waits for its image while that is fetched', () => {
    const { pods, events } = recorded('scheduled');
    const [event] = events;
    if (event === undefined) throw new Error('the recorded event');
    expect(decidePodWaiting(pods[0], [Object.assign(event, { reason: 'Pulling' })])).toEqual({ stage: 'image' });
  });
});
