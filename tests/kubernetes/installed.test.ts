// The local overlay, installed: what Kubernetes makes of it, and whom its pods may talk to.
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  NetworkingV1Api,
  PolicyV1Api,
  SchedulingV1Api,
  type V1Pod,
} from '@kubernetes/client-node';
import { runnerName } from '@runnel/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import type { Labels, Place } from '../manifests/decide-connection.ts';
import { parsePolicies } from '../manifests/read-manifests.ts';
import { runnerJob } from '../manifests/runner-jobs.ts';
import { expectTalk, type Pod, type Talk } from '../manifests/who-may-talk.ts';
import { buildOverlay, installManifests } from './install-manifests.ts';

const SOON = { timeout: 60_000, interval: 100 };
const BEN = 'T0LOCAL:U0BEN';
const SYSTEM = 'runnel-system';
const RUNNERS = 'runnel-runners';

let access: ClusterAccess;
let core: CoreV1Api;
let batch: BatchV1Api;
let policy: PolicyV1Api;
beforeAll(async () => {
  access = await installManifests();
  core = access.config.makeApiClient(CoreV1Api);
  batch = access.config.makeApiClient(BatchV1Api);
  policy = access.config.makeApiClient(PolicyV1Api);
  await batch.createNamespacedJob({ namespace: RUNNERS, body: await runnerJob(BEN, 'fake/run:1') });
});
afterAll(() =>
  batch.deleteNamespacedJob({ namespace: RUNNERS, name: runnerName(BEN), propagationPolicy: 'Background' }),
);

const DEPLOYED = ['ingress', 'launcher'] as const;

test.each(DEPLOYED)('two of %s run, each guarded by a budget that sees both', async (component) => {
  const name = `runnel-${component}`;
  const apps = access.config.makeApiClient(AppsV1Api);
  const ready = async (): Promise<unknown> =>
    (await apps.readNamespacedDeployment({ name, namespace: SYSTEM })).status?.readyReplicas;
  await expect.poll(ready, SOON).toBe(2);
  const seen = async (): Promise<unknown> =>
    (await policy.readNamespacedPodDisruptionBudget({ name, namespace: SYSTEM })).status;
  await expect.poll(seen, SOON).toMatchObject({ expectedPods: 2, currentHealthy: 2, disruptionsAllowed: 1 });
});

test('one of two may be evicted, the other not before a new one is there', async () => {
  const pods = await podsOf(SYSTEM, 'launcher');
  const running = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const evict = async ({ metadata }: V1Pod): Promise<number> => {
    const name = metadata?.name ?? '';
    const body = { metadata: { name, namespace: SYSTEM } };
    return core.createNamespacedPodEviction({ name, namespace: SYSTEM, body }).then(
      () => 201,
      (error: { code: number }) => error.code,
    );
  };
  const answers: number[] = [];
  await withoutNewPods(async () => {
    for (const pod of running) answers.push(await evict(pod));
  });
  expect(answers).toEqual([201, 429]);
});

/** On played nodes a new pod is there within a moment, and the budget allows the next. */
async function withoutNewPods(act: () => Promise<void>): Promise<void> {
  const name = 'nothing-new';
  await core.createNamespacedResourceQuota({
    namespace: SYSTEM,
    body: { metadata: { name }, spec: { hard: { pods: '0' } } },
  });
  try {
    const isHeld = async (): Promise<boolean> =>
      (await core.readNamespacedResourceQuota({ name, namespace: SYSTEM })).status?.used?.['pods'] !== undefined;
    await expect.poll(isHeld, SOON).toBe(true);
    await act();
  } finally {
    await core.deleteNamespacedResourceQuota({ name, namespace: SYSTEM });
  }
}

test('the session store is bound to its claim', async () => {
  const phase = async (): Promise<unknown> =>
    (await core.readNamespacedPersistentVolumeClaim({ name: 'runnel-state', namespace: RUNNERS })).status?.phase;
  await expect.poll(phase, SOON).toBe('Bound');
});

test('priorities: the control plane over people over what can wait over what only keeps room', async () => {
  const scheduling = access.config.makeApiClient(SchedulingV1Api);
  const names = ['control-plane', 'interactive', 'background', 'placeholder'];
  const classes = await Promise.all(names.map((name) => scheduling.readPriorityClass({ name: `runnel-${name}` })));
  const values = classes.map(({ value = Number.NaN }) => value);
  expect(values).toEqual(values.toSorted((a, b) => b - a));
  expect(new Set(values).size).toBe(4);
  const [, , background = Number.NaN, placeholder = Number.NaN] = values;
  expect([background >= 0, placeholder < 0, placeholder >= -10]).toEqual([true, true, true]);
  expect(classes.map(({ preemptionPolicy }) => preemptionPolicy)).toEqual([
    'PreemptLowerPriority',
    'PreemptLowerPriority',
    'PreemptLowerPriority',
    'Never',
  ]);
  expect(classes.every(({ globalDefault }) => globalDefault !== true)).toBe(true);
  const [runner] = await podsOf(RUNNERS, 'runner');
  expect(runner?.spec?.priority).toBe(values[1]);
});

async function podsOf(namespace: string, component: string): Promise<V1Pod[]> {
  const labelSelector = `app.kubernetes.io/component=${component}`;
  const list = async (): Promise<V1Pod[]> => (await core.listNamespacedPod({ namespace, labelSelector })).items;
  await expect.poll(async () => (await list()).length, SOON).toBeGreaterThan(0);
  return list();
}

/** Pods and namespaces as the API server has them, whoever made them. */
async function realPlaces(): Promise<Record<(typeof DEPLOYED)[number] | 'runner', Place>> {
  const place = async (namespace: string, component: string): Promise<Place> => {
    const [pod] = await podsOf(namespace, component);
    return placeOf(namespace, pod?.metadata?.labels ?? {});
  };
  return {
    ingress: await place(SYSTEM, 'ingress'),
    launcher: await place(SYSTEM, 'launcher'),
    runner: await place(RUNNERS, 'runner'),
  };
}

async function placeOf(namespace: string, labels: Labels): Promise<Place> {
  const { metadata } = await core.readNamespace({ name: namespace });
  return { namespace, namespaceLabels: metadata?.labels ?? {}, labels, address: '10.4.0.1' };
}

async function others(): Promise<Partial<Record<Pod, Place>>> {
  const operator = {
    namespace: 'operators',
    namespaceLabels: { 'runnel.dev/operators': 'true' },
    labels: {},
    address: '10.4.0.2',
  };
  return {
    operator,
    stranger: await placeOf('default', { 'app.kubernetes.io/component': 'runner' }),
    dns: await placeOf('kube-system', { 'k8s-app': 'kube-dns' }),
  };
}

test('who may talk to whom, by the policies and the labels that the API server has', async () => {
  const networking = access.config.makeApiClient(NetworkingV1Api);
  const { items } = await networking.listNetworkPolicyForAllNamespaces();
  const talk: Talk = {
    policies: items,
    pods: { ...(await others()), ...(await realPlaces()) },
    apiServer: '10.96.0.1',
  };
  expectTalk(talk);
  const broken = { ...talk, pods: { ...talk.pods, runner: await placeOf(RUNNERS, { app: 'runner' }) } };
  expect(() => expectTalk(broken)).toThrow(/to deeply equal/);
});

test.each([
  ['memorystore', []],
  ['redis', ['redis']],
  ['memorystore and a bucket', ['state-bucket']],
] as const)('who may talk to whom on GKE with %s', async (kind, components) => {
  const yaml = await buildOverlay(access, { overlay: 'gke-autopilot', components });
  const own = kind === 'redis' ? { redis: await placeOf(SYSTEM, { 'app.kubernetes.io/component': 'redis' }) } : {};
  const talk = {
    policies: parsePolicies(yaml),
    pods: { ...(await others()), ...(await realPlaces()), ...own },
    isApiServerKnown: true,
    publicApiServer: '192.0.2.13',
    isStateInBucket: kind.endsWith('bucket'),
    ...(kind === 'redis' ? {} : { managedRedis: '192.0.2.12' }),
  };
  for (const apiServer of ['192.0.2.10', '192.0.2.11']) expectTalk({ ...talk, apiServer });
});
