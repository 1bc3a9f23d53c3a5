// The cluster that tests stand on: what they may rely on.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiException, BatchV1Api, CoreV1Api, RbacAuthorizationV1Api, VersionApi } from '@kubernetes/client-node';
import type { V1ContainerState, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { isAlive } from '@runnel/shared/process';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { startControlPlane } from '../cluster/control-plane.ts';
import { endPlayedPod } from '../cluster/end-played-pod.ts';
import { freshNamespace, type FreshNamespace } from '../cluster/fresh-namespace.ts';
import { startPlayedNodes } from '../cluster/played-nodes.ts';
import { findRecorded } from '../cluster/process-folder.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';
import { clusterAccess } from '../cluster/suite-cluster.ts';
import { execPath } from '../support/run-process.ts';

const PLAYED = { timeout: 60_000, interval: 100 };

let access: ClusterAccess;
let namespace: FreshNamespace;
let core: CoreV1Api;

beforeAll(async () => {
  access = await clusterAccess();
  namespace = await freshNamespace();
  core = access.config.makeApiClient(CoreV1Api);
});

afterAll(() => namespace[Symbol.asyncDispose]());

test('the cluster and its kubectl are of the version that they are made of', async () => {
  expect((await access.config.makeApiClient(VersionApi).getCode()).gitVersion).toBe('v1.36.3');
  const said = JSON.parse(await runKubectl(access, ['version', '--output=json'])) as object;
  expect(said).toMatchObject({ clientVersion: { gitVersion: 'v1.36.3' }, serverVersion: { gitVersion: 'v1.36.3' } });
});

test.for<[image: string, what: object]>([
  ['fake/run:1', { phase: 'Running', ready: 'True', state: 'running' }],
  ['some/other:1', { phase: 'Running', ready: 'True', state: 'running' }],
  ['fake/unready:1', { phase: 'Running', ready: 'False', state: 'running' }],
  ['fake/ok:1', { phase: 'Succeeded', ready: 'False', state: 'Completed 0' }],
  ['fake/exit:42', { phase: 'Failed', ready: 'False', state: 'Error 42' }],
  ['fake/exit:75', { phase: 'Failed', ready: 'False', state: 'Error 75' }],
  ['fake/oom:1', { phase: 'Failed', ready: 'False', state: 'OOMKilled 137' }],
  ['fake/evicted:1', { phase: 'Failed', reason: 'Evicted', disruption: 'TerminationByKubelet', state: 'Error 137' }],
  ['fake/shutdown:1', { phase: 'Failed', reason: 'Terminated', disruption: 'TerminationByKubelet' }],
  [
    'fake/disrupted:PreemptionByScheduler',
    { phase: 'Failed', disruption: 'PreemptionByScheduler', state: 'Error 143' },
  ],
  ['fake/disrupted:DeletionByTaintManager', { phase: 'Failed', disruption: 'DeletionByTaintManager' }],
  ['fake/waiting:ErrImagePull', { phase: 'Pending', ready: 'False', state: 'waiting ErrImagePull' }],
  ['fake/waiting:ImagePullBackOff', { phase: 'Pending', state: 'waiting ImagePullBackOff' }],
  ['fake/waiting:CreateContainerConfigError', { phase: 'Pending', state: 'waiting CreateContainerConfigError' }],
  ['fake/mount:1', { phase: 'Pending', state: 'waiting ContainerCreating', event: 'FailedMount' }],
  ['fake/sandbox:1', { phase: 'Pending', state: 'waiting ContainerCreating', event: 'FailedCreatePodSandBox' }],
])('a played node makes of %s what its name says', async ([image, what]) => {
  const name = await createPod(podOf(image));
  await expect.poll(() => lookAt(name), PLAYED).toMatchObject(what);
});

test('a pod of which its node never says anything stays scheduled and pending', async () => {
  const name = await createPod(podOf('fake/pending:1'));
  const later = await createPod(podOf('fake/ok:1'));
  await expect.poll(() => lookAt(later), PLAYED).toMatchObject({ phase: 'Succeeded' });
  const { spec, status } = await core.readNamespacedPod({ namespace: namespace.name, name });
  expect(spec?.nodeName).toMatch(/^played-/);
  expect(status?.phase).toBe('Pending');
  expect(status?.containerStatuses).toBeUndefined();
});

test('a pod with all that a runner asks for runs, sidecar and all', async () => {
  const name = await createPod({
    restartPolicy: 'Never',
    initContainers: [{ name: 'proxy', image: 'some/proxy:1', restartPolicy: 'Always' }],
    containers: [
      {
        name: 'runner',
        image: 'fake/run:1',
        readinessProbe: { httpGet: { path: '/healthz', port: 8081 } },
        resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '2Gi', 'ephemeral-storage': '4Gi' } },
      },
    ],
    tolerations: [{ key: 'cloud.google.com/gke-spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' }],
    nodeSelector: { 'cloud.google.com/gke-spot': 'true' },
    volumes: [{ name: 'workspace', emptyDir: { sizeLimit: '1Gi' } }],
  });
  await expect.poll(() => lookAt(name), PLAYED).toMatchObject({ phase: 'Running', ready: 'True' });
  const { status } = await core.readNamespacedPod({ namespace: namespace.name, name });
  expect(status?.initContainerStatuses?.[0]?.state?.running).toBeDefined();
  expect(status?.podIP).toMatch(/^10\.244\./);
});

test('a deleted pod ends first and is gone then; one whose node is gone stays', async () => {
  const names = await Promise.all(
    ['run:1', 'lingers:2s', 'stuck:1', 'pending:1'].map((tag) => createJob(`fake/${tag}`)),
  );
  const [run = '', lingers = '', stuck = '', pending = ''] = names;
  for (const name of [run, lingers, stuck]) {
    await expect.poll(() => lookAt(name), PLAYED).toMatchObject({ phase: 'Running' });
  }
  await Promise.all(names.map((name) => core.deleteNamespacedPod({ namespace: namespace.name, name })));
  await expect.poll(() => isThere(run), PLAYED).toBe(false);
  expect(await isThere(stuck)).toBe(true);
  await expect.poll(() => isThere(lingers), PLAYED).toBe(false);
  await expect.poll(() => isThere(pending), PLAYED).toBe(false);
  expect(await lookAt(stuck)).toMatchObject({ phase: 'Running' });
});

test('a played runner can be ended by the test that plays it', async () => {
  const name = await createJob('fake/run:1');
  await expect.poll(() => lookAt(name), PLAYED).toMatchObject({ phase: 'Running' });
  await endPlayedPod(access, { namespace: namespace.name, name, exitCode: 3 });
  await expect.poll(() => lookAt(name), PLAYED).toMatchObject({ phase: 'Failed', state: 'Error 3' });
  const job = name.replace(/-[a-z0-9]+$/, '');
  const batch = access.config.makeApiClient(BatchV1Api);
  const conditions = async (): Promise<string[]> => {
    const { status } = await batch.readNamespacedJob({ namespace: namespace.name, name: job });
    return (status?.conditions ?? []).map(({ type }) => type);
  };
  await expect.poll(conditions, PLAYED).toContain('Failed');
});

test('a service account may do what it is allowed to, and nothing else', async () => {
  const { name } = namespace;
  const rbac = access.config.makeApiClient(RbacAuthorizationV1Api);
  await core.createNamespacedServiceAccount({ namespace: name, body: { metadata: { name: 'reader' } } });
  await rbac.createNamespacedRole({
    namespace: name,
    body: { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] },
  });
  await rbac.createNamespacedRoleBinding({
    namespace: name,
    body: {
      metadata: { name: 'reader' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace: name }],
    },
  });
  const reader = (await access.accessAs({ namespace: name, name: 'reader' })).config.makeApiClient(CoreV1Api);
  const listed = async (): Promise<boolean> => (await reader.listNamespacedPod({ namespace: name })).items.length > 0;
  await expect.poll(listed, PLAYED).toBe(true);
  expect(await refusal(reader.listNamespacedSecret({ namespace: name }))).toBe(403);
});

test('a restricted namespace refuses a privileged pod', async () => {
  await using restricted = await freshNamespace({ enforce: 'restricted' });
  const containers = [{ name: 'main', image: 'fake/run:1', securityContext: { privileged: true } }];
  const body = { metadata: { name: 'privileged' }, spec: { containers } };
  expect(await refusal(core.createNamespacedPod({ namespace: restricted.name, body }))).toBe(403);
});

test('an API server that was killed comes back with its objects; nothing is left of a cluster that was stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-cluster-'));
  await using plane = await startControlPlane({ folder, nodes: ['real-0'] });
  await startPlayedNodes(plane, { nodes: 1 });
  const own = plane.access.config.makeApiClient(CoreV1Api);
  const body = { metadata: { name: 'kept' }, data: { word: 'still here' } };
  await own.createNamespacedConfigMap({ namespace: 'default', body });
  await plane.stopApiServer();
  await expect(own.readNamespacedConfigMap({ namespace: 'default', name: 'kept' })).rejects.toThrow(/fetch failed/);
  await plane.startApiServer();
  const kept = await own.readNamespacedConfigMap({ namespace: 'default', name: 'kept' });
  expect(kept.data).toEqual(body.data);
  await own.createNamespacedPod({
    namespace: 'default',
    body: { metadata: { name: 'after' }, spec: podOf('fake/ok:1') },
  });
  const phase = async (): Promise<unknown> =>
    (await own.readNamespacedPod({ namespace: 'default', name: 'after' })).status?.phase;
  await expect.poll(phase, PLAYED).toBe('Succeeded');

  const processes = findRecorded(folder);
  expect(processes.map(({ name }) => name).toSorted()).toEqual([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kwok',
  ]);
  await plane.stop();
  expect(processes.filter(isAlive)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
});

test('what a killed process had started dies with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-cluster-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const door = new URL('../cluster/process-folder.ts', import.meta.url).href;
  const program = `
    const { openProcessFolder } = await import('${door}');
    await openProcessFolder('${folder}', { outlive: false }).start('sleeper', 'sleep', ['1000']);
    setInterval(() => undefined, 1_000);`;
  const starter = execa(execPath(), ['--input-type=module', '--eval', program], { reject: false });
  await expect.poll(() => findRecorded(folder), PLAYED).toHaveLength(1);
  starter.kill('SIGKILL');
  await starter;
  await expect.poll(() => findRecorded(folder), PLAYED).toEqual([]);
});

test('a control plane that cannot start says why, and leaves nothing', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-cluster-'));
  // An address for documentation, which no machine has.
  await expect(startControlPlane({ folder, address: '192.0.2.1' })).rejects.toThrow(
    /kube-apiserver has ended by itself\.\n.*cannot assign requested address/s,
  );
  expect(existsSync(folder)).toBe(false);
});

function podOf(image: string): V1PodSpec {
  return { restartPolicy: 'Never', containers: [{ name: 'main', image }] };
}

let made = 0;

async function createPod(spec: V1PodSpec): Promise<string> {
  made += 1;
  const body = { metadata: { name: `pod-${made}` }, spec };
  await core.createNamespacedPod({ namespace: namespace.name, body });
  return body.metadata.name;
}

/** Resolves to the name of its pod. */
async function createJob(image: string): Promise<string> {
  made += 1;
  const name = `job-${made}`;
  const spec = { backoffLimit: 0, podReplacementPolicy: 'Failed', template: { spec: podOf(image) } };
  const batch = access.config.makeApiClient(BatchV1Api);
  await batch.createNamespacedJob({ namespace: namespace.name, body: { metadata: { name }, spec } });
  const pods = async (): Promise<V1Pod[]> =>
    (await core.listNamespacedPod({ namespace: namespace.name, labelSelector: `job-name=${name}` })).items;
  await expect.poll(pods, PLAYED).toHaveLength(1);
  return (await pods())[0]?.metadata?.name ?? '';
}

async function lookAt(name: string): Promise<object> {
  const { status } = await core.readNamespacedPod({ namespace: namespace.name, name });
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const events = await core.listNamespacedEvent({
    namespace: namespace.name,
    fieldSelector: `involvedObject.name=${name},type=Warning`,
  });
  return {
    phase: status?.phase,
    reason: status?.reason,
    ready: condition('Ready')?.status,
    disruption: condition('DisruptionTarget')?.reason,
    state: describe(status?.containerStatuses?.[0]?.state ?? {}),
    event: events.items[0]?.reason,
  };
}

function describe({ running, waiting, terminated }: V1ContainerState): string | undefined {
  if (running !== undefined) return 'running';
  if (waiting !== undefined) return `waiting ${waiting.reason}`;
  return terminated && `${terminated.reason} ${terminated.exitCode}`;
}

async function isThere(name: string): Promise<boolean> {
  try {
    await core.readNamespacedPod({ namespace: namespace.name, name });
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return false;
    throw error;
  }
}

/** The HTTP status of what is refused. */
async function refusal(asked: Promise<unknown>): Promise<number | undefined> {
  return asked.then(
    () => undefined,
    (error: unknown) => (error instanceof ApiException ? error.code : undefined),
  );
}
