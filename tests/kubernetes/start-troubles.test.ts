// Why a runner does not start: from what the cluster says to the sentence in the person's thread.
import { AdmissionregistrationV1Api, BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import { readProfile } from '@runnel/launcher/kubernetes-pods';
import { runnerName } from '@runnel/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { ada, playLauncher } from './played-launcher.ts';
import { patiently, playedPods } from './played-pods.ts';

const toldOperator = 'the operator has been told';

describe('what keeps a runner from starting is told once, and it is not tried again at once', () => {
  const image = `Your runner could not be started, for its image cannot be fetched; ${toldOperator}.`;
  const failed = `Your runner could not be started, for something that it needs is missing; ${toldOperator}.`;
  const missing = (what: string): string =>
    `Your runner could not be started, for the ${what} is missing; ${toldOperator}.`;
  test.for([
    ['fake/waiting:ErrImagePull', image],
    ['fake/waiting:ImagePullBackOff', image],
    ['fake/waiting:InvalidImageName', image],
    ['fake/waiting:ErrImageNeverPull', image],
    ['fake/waiting:CreateContainerConfigError', missing('configmap runnel-runner')],
    ['fake/waiting:CreateContainerError', failed],
    ['fake/waiting:RunContainerError', failed],
    ['fake/mount:1', missing('configmap runnel-runner')],
    ['fake/sandbox:1', failed],
  ] as const)('%s: %s', async ([name, sentence]) => {
    const { backend } = await playedPods();
    const launcher = playLauncher(backend({ image: name }));
    await launcher.write();
    await expect
      .poll(launcher.posts, patiently)
      .toEqual([`${sentence} I start it again in 10 min; your message is kept.`]);
    expect((await launcher.delivery.lease(ada)).failures).toBe(1);
    await expect.poll(() => backend().list(), patiently).toEqual([]);
  });

  test('a quota that is used up', async () => {
    const { backend, core, namespace } = await playedPods();
    await core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } },
    });
    const launcher = playLauncher(backend());
    await launcher.write();
    const sentence = `Your runner could not be started, for the quota of your team is used up; ${toldOperator}.`;
    await expect
      .poll(launcher.posts, patiently)
      .toEqual([`${sentence} I start it again in 10 min; your message is kept.`]);
  });

  test('a quota on Jobs, which refuses the very call', async () => {
    const { backend, core, namespace } = await playedPods();
    const quota = { metadata: { name: 'none' }, spec: { hard: { 'count/jobs.batch': '0' } } };
    await core.createNamespacedResourceQuota({ namespace, body: quota });
    const launcher = playLauncher(backend());
    await launcher.write();
    await expect.poll(launcher.posts, patiently).toEqual([expect.stringContaining('quota of your team is used up')]);
  });

  test('a limit range that leaves no room for it', async () => {
    const { backend, core, namespace } = await playedPods();
    const limits = [{ type: 'Container', max: { memory: '64Mi' } }];
    await core.createNamespacedLimitRange({ namespace, body: { metadata: { name: 'small' }, spec: { limits } } });
    const launcher = playLauncher(backend());
    await launcher.write();
    await expect.poll(launcher.posts, patiently).toEqual([expect.stringContaining('quota of your team is used up')]);
  });

  test.for(['pods', 'jobs'])('a policy that refuses its %s', async (resource) => {
    const { backend, access, namespace } = await playedPods();
    await refuse(access, namespace, resource);
    const launcher = playLauncher(backend());
    await launcher.write();
    const sentence = `Your runner could not be started, for a policy of the cluster refuses it; ${toldOperator}.`;
    await expect
      .poll(launcher.posts, patiently)
      .toEqual([`${sentence} I start it again in 10 min; your message is kept.`]);
  });

  test('a service account that is not there', async () => {
    const { backend } = await playedPods();
    const launcher = playLauncher(backend({ serviceAccount: 'nobody' }));
    await launcher.write();
    await expect.poll(launcher.posts, patiently).toEqual([expect.stringContaining(missing('serviceaccount nobody'))]);
  });

  test('a claim that is not there', async () => {
    const { backend } = await playedPods();
    const launcher = playLauncher(backend({ stateClaim: 'nothing' }));
    await launcher.write();
    await expect
      .poll(launcher.posts, patiently)
      .toEqual([expect.stringContaining(missing('persistentvolumeclaim nothing'))]);
  });
});

describe('a runner that no machine has room for', () => {
  const sentence =
    'Your runner waits for a machine: the cluster has no room for it right now. It starts by itself as soon as there is one; your message is kept.';

  test('waits beyond its time to start: the person is told once, nothing is ended', async () => {
    const played = await playedPods();
    const pods = played.backend({ profile: await profileOfNoMachine() });
    const launcher = playLauncher(pods, { startMs: 2_000 });
    await launcher.write();
    await expect.poll(launcher.posts, patiently).toEqual([sentence]);
    expect(launcher.lines().at(-1)).toBe('is waiting for a machine');
    const first = await pods.look(runnerName(ada));
    expect(first?.waiting).toMatchObject({ stage: 'created', trouble: { code: 'unschedulable' } });
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect((await pods.look(runnerName(ada)))?.uid).toBe(first?.uid);
    expect((await launcher.delivery.lease(ada)).state).toBe('launching');
    expect(launcher.posts()).toEqual([sentence]);
  });

  test('while a machine is being started for it is not told of as a trouble', async () => {
    const played = await playedPods();
    const pods = played.backend({ profile: await profileOfNoMachine() });
    const { pod: runner } = await pods.create({ user: ada, generation: '1', name: runnerName(ada) });
    const unscheduled = async (): Promise<string | undefined> => (await pods.look(runner.name))?.waiting?.trouble?.code;
    await expect.poll(unscheduled, patiently).toBe('unschedulable');
    const [pod] = await played.podsOf(runner);
    await triggerScaleUp(played.core, {
      namespace: played.namespace,
      name: pod?.metadata?.name,
      uid: pod?.metadata?.uid,
    });
    await expect
      .poll(async () => (await pods.look(runner.name))?.waiting, patiently)
      .toEqual({ stage: 'created', isMachineComing: true });
  });

  test('is given up after an hour of that', async () => {
    const played = await playedPods();
    const pods = played.backend({ profile: await profileOfNoMachine() });
    const launcher = playLauncher(pods, { troubleMs: 60_000, machineMs: 2_000 });
    await launcher.write();
    const given = `No machine was found for your runner; ${toldOperator}. I start it again in 10 min; your message is kept.`;
    await expect.poll(launcher.posts, patiently).toEqual([given]);
  });
});

test('how far a runner is can be read while it starts', async () => {
  const { backend, running } = await playedPods();
  const pods = backend();
  const launcher = playLauncher(pods);
  await launcher.write();
  await expect.poll(launcher.stages, patiently).toContain('starting');
  const pod = await pods.look(runnerName(ada));
  if (pod === undefined) throw new Error('the runner is gone');
  const owner = (await running(pod)).metadata?.uid ?? '';
  expect(await launcher.delivery.acquire({ user: ada, generation: pod.generation, owner })).toBe('ok');
  await expect.poll(async () => (await launcher.stages()).at(-1), patiently).toBe('acquired');
  const stages = await launcher.stages();
  const order = ['looking', 'creating', 'created', 'scheduled', 'image', 'starting', 'acquired'];
  expect(stages).toEqual(order.filter((stage) => stages.includes(stage)));
});

/** Nobody has a machine like that. */
async function profileOfNoMachine() {
  return { ...(await readProfile('', 'interactive')), nodeSelector: { 'kubernetes.io/hostname': 'nowhere' } };
}

/** A ValidatingAdmissionPolicy for one namespace. It is in force after about a second. */
async function refuse(access: ClusterAccess, namespace: string, resource: string): Promise<void> {
  const admission = access.config.makeApiClient(AdmissionregistrationV1Api);
  const apiGroups = [resource === 'pods' ? '' : 'batch'];
  const rule = { apiGroups, apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] };
  const name = `${namespace}-${resource}`;
  await admission.createValidatingAdmissionPolicy({
    body: {
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: 'false', message: 'nobody runs here' }],
      },
    },
  });
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const spec = { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } };
  await admission.createValidatingAdmissionPolicyBinding({ body: { metadata: { name }, spec } });
  onTestFinished(async () => {
    await admission.deleteValidatingAdmissionPolicyBinding({ name });
    await admission.deleteValidatingAdmissionPolicy({ name });
  });
  await expect.poll(() => isRefused(access, namespace, resource), patiently).toBe(true);
}

async function isRefused(access: ClusterAccess, namespace: string, resource: string): Promise<boolean> {
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 10_001,
    seccompProfile: { type: 'RuntimeDefault' },
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
  };
  const spec = { restartPolicy: 'Never', containers: [{ name: 'probe', image: 'fake/run:1', securityContext }] };
  const metadata = { name: 'probe' };
  const core = access.config.makeApiClient(CoreV1Api);
  const batch = access.config.makeApiClient(BatchV1Api);
  const trial =
    resource === 'pods'
      ? core.createNamespacedPod({ namespace, dryRun: 'All', body: { metadata, spec } })
      : batch.createNamespacedJob({ namespace, dryRun: 'All', body: { metadata, spec: { template: { spec } } } });
  return trial.then(
    () => false,
    (error: unknown) => String(error).includes('nobody runs here'),
  );
}

type About = { readonly namespace: string; readonly name: string | undefined; readonly uid: string | undefined };

/** As the cluster's autoscaler says it. */
async function triggerScaleUp(core: CoreV1Api, { namespace, name = '', uid = '' }: About): Promise<void> {
  const now = new Date();
  await core.createNamespacedEvent({
    namespace,
    body: {
      metadata: { name: `${name}.scale-up` },
      involvedObject: { kind: 'Pod', namespace, name, uid },
      reason: 'TriggeredScaleUp',
      message: 'pod triggered scale-up: [{pool 1->2 (max: 10)}]',
      type: 'Normal',
      source: { component: 'cluster-autoscaler' },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
    },
  });
}
