// The runner's pod and the cage around it: admitted as the launcher makes it, refused with any guard gone, and nothing in it that is
// not written down.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoreV1Api, type V1Container, type V1Pod, type V1PodSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../manifests/read-manifests.ts';
import { podOf, runnerJob } from '../manifests/runner-jobs.ts';
import { installManifests } from './install-manifests.ts';

const namespace = 'runnel-runners';
const QUOTA = 20;

let core: CoreV1Api;
let pod: V1Pod & { spec: V1PodSpec };
beforeAll(async () => {
  core = (await installManifests()).config.makeApiClient(CoreV1Api);
  const made = podOf(await runnerJob('T0LOCAL:U0ADA', 'fake/run:1'), 'runner-as-made');
  if (made.spec === undefined) throw new Error('A pod has a specification.');
  pod = Object.assign(made, { spec: made.spec });
});

const tryOut = (body: V1Pod): Promise<V1Pod> => core.createNamespacedPod({ namespace, body, dryRun: 'All' });

test('as the launcher makes it, it is admitted', async () => {
  const admitted = await tryOut(pod);
  // Nothing was slipped in on the way: no volume with a token, no container beside it.
  expect(admitted.spec?.volumes?.map(({ name }) => name).toSorted()).toEqual(['home', 'state', 'tmp', 'workspace']);
  expect(JSON.stringify(admitted.spec)).not.toMatch(/serviceAccountToken|kube-api-access/);
  expect(admitted.spec?.containers).toHaveLength(1);
});

test('beyond what the namespace asks for: read-only root, no token, no right, our user', () => {
  const {
    automountServiceAccountToken,
    enableServiceLinks,
    serviceAccountName,
    securityContext,
    containers,
    restartPolicy,
  } = pod.spec;
  expect({ automountServiceAccountToken, enableServiceLinks, serviceAccountName, restartPolicy }).toEqual({
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    serviceAccountName: 'runnel-runner',
    restartPolicy: 'Never',
  });
  expect(securityContext).toMatchObject({ runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001 });
  for (const { securityContext: own, resources } of containers) {
    expect(own).toMatchObject({ readOnlyRootFilesystem: true });
    expect(resources?.limits?.['memory']).toBe(resources?.requests?.['memory']);
    expect(resources?.limits).toHaveProperty('ephemeral-storage');
  }
});

/** Breaks one guard of a pod that is otherwise ours. */
const BROKEN: readonly [guard: string, breakIt: (spec: GuardedSpec, container: GuardedContainer) => unknown][] = [
  ['runAsNonRoot', (spec) => delete spec.securityContext.runAsNonRoot],
  ['runAsNonRoot of the container', (_, { securityContext }) => (securityContext.runAsNonRoot = false)],
  ['the user, who is root', (spec) => (spec.securityContext.runAsUser = 0)],
  ['seccomp', (spec) => delete spec.securityContext.seccompProfile],
  ['seccomp, unconfined', (spec) => (spec.securityContext.seccompProfile = { type: 'Unconfined' })],
  ['allowPrivilegeEscalation', (_, { securityContext }) => delete securityContext.allowPrivilegeEscalation],
  ['dropped capabilities', (_, { securityContext }) => delete securityContext.capabilities],
  [
    'a capability added',
    (_, { securityContext }) => (securityContext.capabilities = { drop: ['ALL'], add: ['NET_ADMIN'] }),
  ],
  [
    'privileged',
    (_, { securityContext }) => Object.assign(securityContext, { privileged: true, allowPrivilegeEscalation: true }),
  ],
  ['a folder of the node', (spec) => spec.volumes.push({ name: 'node', hostPath: { path: '/' } })],
  ["the node's network", (spec) => (spec.hostNetwork = true)],
  ["the node's processes", (spec) => (spec.hostPID = true)],
  ["the node's memory", (spec) => (spec.hostIPC = true)],
  ['a port of the node', (_, container) => (container.ports = [{ containerPort: 9, hostPort: 9 }])],
  ['a setting of the kernel', (spec) => (spec.securityContext.sysctls = [{ name: 'kernel.msgmax', value: '1' }])],
  [
    'the whole of /proc',
    (spec, { securityContext }) => {
      spec.hostUsers = false;
      securityContext.procMount = 'Unmasked';
    },
  ],
  ['AppArmor', (spec) => (spec.securityContext.appArmorProfile = { type: 'Unconfined' })],
  [
    'a sidecar without guards',
    (spec) => (spec.initContainers = [{ name: 'beside', image: 'fake/run:1', restartPolicy: 'Always' }]),
  ],
];

/** What is broken is there: that is asserted above. */
type GuardedSpec = V1PodSpec & Required<Pick<V1PodSpec, 'securityContext' | 'volumes'>>;
type GuardedContainer = V1Container & Required<Pick<V1Container, 'securityContext'>>;

test.each(BROKEN)('with a guard gone it is refused: %s', async (_, breakIt) => {
  const broken = structuredClone(pod);
  const [container] = broken.spec.containers;
  if (container === undefined) throw new Error('A pod has a container.');
  breakIt(broken.spec as GuardedSpec, container as GuardedContainer);
  await expect(tryOut(broken)).rejects.toMatchObject({
    code: 403,
    body: expect.stringContaining('violates PodSecurity \\"restricted:v1.36\\"'),
  });
});

describe('what docs/security.md says', () => {
  const document = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const rows = [...document.matchAll(/^\| `([A-Z_]+)` \| `([a-z-]+)` \|/gm)].map(
    ([, variable, secret]) => `${variable} of ${secret}`,
  );

  test('of credentials is all that the pod refers to, and it refers to all of it', () => {
    expect(secretsOf(pod.spec).toSorted()).toEqual(rows.toSorted());
    expect(rows.length).toBeGreaterThan(0);
  });

  test('a credential more in the pod would be noticed', () => {
    const more = structuredClone(pod.spec);
    more.containers[0]?.env?.push({ name: 'MORE', valueFrom: { secretKeyRef: { name: 'other', key: 'MORE' } } });
    expect(secretsOf(more).toSorted()).not.toEqual(rows.toSorted());
    more.volumes?.push({ name: 'keys', projected: { sources: [{ secret: { name: 'keys' } }] } });
    expect(secretsOf(more)).toContain('volume of keys');
  });
});

/** Every place where a pod can refer to a Secret. */
function secretsOf({ containers, initContainers = [], volumes = [], imagePullSecrets = [] }: V1PodSpec): string[] {
  const all = [...containers, ...initContainers];
  return [
    ...all.flatMap(({ env = [] }) =>
      env.flatMap(({ name, valueFrom }) =>
        valueFrom?.secretKeyRef === undefined ? [] : [`${name} of ${valueFrom.secretKeyRef.name ?? ''}`],
      ),
    ),
    ...all.flatMap(({ envFrom = [] }) =>
      envFrom.flatMap(({ secretRef }) => (secretRef === undefined ? [] : [`all of ${secretRef.name ?? ''}`])),
    ),
    ...volumes.flatMap(({ secret, projected }) => [
      ...(secret === undefined ? [] : [`volume of ${secret.secretName ?? ''}`]),
      ...(projected?.sources ?? []).flatMap((source) =>
        source.secret === undefined ? [] : [`volume of ${source.secret.name ?? ''}`],
      ),
    ]),
    ...imagePullSecrets.map(({ name }) => `image pull of ${name ?? ''}`),
  ];
}

describe('the quota of the namespace', () => {
  const made: string[] = [];
  afterAll(async () => {
    await Promise.all(made.map((name) => core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 })));
  });

  test('takes its twenty runners and refuses the next', async () => {
    const make = async (name: string): Promise<void> => {
      // On no node: it is about what is asked for, not about what runs.
      const body = structuredClone(pod);
      body.spec.nodeSelector = { 'runnel.dev/nowhere': 'true' };
      Object.assign(body.metadata ?? {}, { name });
      await core.createNamespacedPod({ namespace, body });
      made.push(name);
    };
    const inUse = async (): Promise<string> => {
      const quota = await core.readNamespacedResourceQuota({ name: 'runnel-runners', namespace });
      return `${quota.status?.used?.['pods'] ?? '?'} of ${quota.status?.hard?.['pods'] ?? '?'}`;
    };
    await expect.poll(inUse).toBe(`0 of ${QUOTA}`);
    for (let n = 0; n < QUOTA; n += 1) await make(`quota-${n}`);
    expect(await inUse()).toBe(`${QUOTA} of ${QUOTA}`);
    await expect(make('one-too-many')).rejects.toMatchObject({
      code: 403,
      body: expect.stringContaining('exceeded quota: runnel-runners, requested: pods=1'),
    });
  });

  test('a runner that asks for more than a machine should give is refused', async () => {
    const large = structuredClone(pod);
    const memory = '64Gi';
    Object.assign(large.spec.containers[0]?.resources ?? {}, { requests: { memory }, limits: { memory } });
    await expect(tryOut(large)).rejects.toMatchObject({
      code: 403,
      body: expect.stringContaining('maximum memory usage per Container is 16Gi'),
    });
  });
});
