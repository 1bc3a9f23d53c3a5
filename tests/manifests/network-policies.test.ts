// The policies of base and of a Redis of our own, as they lie in the tree, against the labels of the pods that the manifests make.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { beforeAll, expect, test } from 'vitest';
import { k8s, parsePolicies, readManifests, type Manifest } from './read-manifests.ts';
import { expectTalk, type Pod, type Talk } from './who-may-talk.ts';

/** As the launcher makes them; on a cluster the labels of a real one are looked at. */
const RUNNER_LABELS = { 'app.kubernetes.io/name': 'runnel', 'app.kubernetes.io/component': 'runner' };

let manifests: readonly (Manifest & { file: string })[];
beforeAll(async () => {
  manifests = (await readManifests()).filter(({ file }) => /^(base|components\/(redis|warm-capacity))\//.test(file));
});

function talk(more: readonly string[] = []): Talk {
  const files = new Set([...manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ file }) => file), ...more]);
  const own = (pod: Pod, labels = labelsOf(pod), namespace = 'runnel-system') => ({
    namespace,
    namespaceLabels: { 'kubernetes.io/metadata.name': namespace },
    labels,
    address: '10.4.0.1',
  });
  return {
    policies: [...files].flatMap((file) => parsePolicies(readFileSync(join(k8s, file), 'utf8'))),
    pods: {
      ingress: own('ingress'),
      launcher: own('launcher'),
      redis: own('redis'),
      placeholder: own('placeholder'),
      runner: own('runner', RUNNER_LABELS, 'runnel-runners'),
      operator: { ...own('operator', {}, 'operators'), namespaceLabels: { 'runnel.dev/operators': 'true' } },
      stranger: own('stranger', labelsOf('ingress'), 'default'),
      dns: own('dns', { 'k8s-app': 'kube-dns' }, 'kube-system'),
    },
    apiServer: '10.96.0.1',
  };
}

/** Of the pods of a Deployment or StatefulSet. */
function labelsOf(component: string): Record<string, string> {
  const owner = manifests.find(
    ({ kind, metadata }) =>
      ['Deployment', 'StatefulSet'].includes(kind) && metadata.labels?.['app.kubernetes.io/component'] === component,
  );
  if (owner === undefined) throw new Error(`Nothing makes pods of ${component}.`);
  const { template } = owner['spec'] as { template: { metadata: { labels: Record<string, string> } } };
  return template.metadata.labels;
}

test('everybody may talk to whom they must, and to nobody else', () => {
  expectTalk(talk());
});

const STATE_BUCKET = 'components/state-bucket/network-policy.yaml';

test('with the session store in a bucket runners reach the metadata server, and everything else is as before', () => {
  expectTalk({ ...talk([STATE_BUCKET]), isStateInBucket: true });
});

test.each([
  ['the policy missing', []],
  ['it where the table does not know of it', [STATE_BUCKET]],
])('%s: the table does not hold', (_, files) => {
  expect(() => expectTalk({ ...talk(files), isStateInBucket: files.length === 0 })).toThrow(/to deeply equal/);
});

test.each([
  ['for everybody', (policy: V1NetworkPolicy) => Object.assign(policy.metadata ?? {}, { namespace: 'runnel-system' })],
  ['to any port', (policy: V1NetworkPolicy) => policy.spec?.egress?.forEach((rule) => delete rule.ports)],
  [
    'to both addresses on both ports',
    (policy: V1NetworkPolicy) => {
      const rules = policy.spec?.egress ?? [];
      Object.assign(policy.spec ?? {}, {
        egress: [{ to: rules.flatMap(({ to = [] }) => to), ports: rules.flatMap(({ ports = [] }) => ports) }],
      });
    },
  ],
])('the way to the metadata server %s does not pass', (_, breakIt) => {
  const whole = talk([STATE_BUCKET]);
  for (const policy of whole.policies.filter(({ metadata }) => metadata?.name === 'to-metadata-server')) {
    breakIt(policy);
  }
  expect(() => expectTalk({ ...whole, isStateInBucket: true })).toThrow(/to deeply equal/);
});

const NAMES = [
  'deny-all',
  'to-dns',
  'to-internet',
  'operators-to-dashboard',
  'launcher-to-api-server',
  'redis',
  'to-redis',
];

test('every policy is one of these', () => {
  const found = new Set(manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ metadata }) => metadata.name));
  expect([...found].toSorted()).toEqual(NAMES.toSorted());
});

test.each(NAMES)('without %s the table does not hold', (name) => {
  const whole = talk();
  expect(() =>
    expectTalk({ ...whole, policies: whole.policies.filter(({ metadata }) => metadata?.name !== name) }),
  ).toThrow(/to deeply equal/);
});

test.each(['ingress', 'launcher', 'runner', 'redis'] as const)(
  'with another label on %s the table does not hold',
  (pod) => {
    const whole = talk();
    Object.assign(whole.pods[pod] ?? {}, { labels: { 'app.kubernetes.io/component': `${pod}s` } });
    expect(() => expectTalk(whole)).toThrow(/to deeply equal/);
  },
);

test.each([
  [
    'a selector that fits nobody',
    (policy: V1NetworkPolicy) => Object.assign(policy.spec ?? {}, { podSelector: { matchLabels: { app: 'runnel' } } }),
  ],
  [
    'no exception for private ranges',
    (policy: V1NetworkPolicy) => delete policy.spec?.egress?.[0]?.to?.[0]?.ipBlock?.except,
  ],
  ['a port for every port', (policy: V1NetworkPolicy) => delete policy.spec?.egress?.[0]?.ports],
])('to-internet with %s does not pass', (_, breakIt) => {
  const whole = talk();
  for (const policy of whole.policies.filter(({ metadata }) => metadata?.name === 'to-internet')) breakIt(policy);
  expect(() => expectTalk(whole)).toThrow(/to deeply equal/);
});
