// What each service account may do, asked with its own token.
import { once } from 'node:events';
import { request, type RequestOptions } from 'node:https';
import { AuthorizationV1Api, BatchV1Api, CoreV1Api, type V1Job } from '@kubernetes/client-node';
import { beforeAll, expect, test } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { installManifests } from './install-manifests.ts';

const namespace = 'runnel-runners';
const SYSTEM = '/api/v1/namespaces/runnel-system';
const RUNNERS = '/api/v1/namespaces/runnel-runners';
const JOBS = '/apis/batch/v1/namespaces/runnel-runners/jobs';

let admin: ClusterAccess;
let launcher: ClusterAccess;
beforeAll(async () => {
  admin = await installManifests();
  launcher = await admin.accessAs({ namespace: 'runnel-system', name: 'runnel-launcher' });
});

/** The bare request: nothing but the server says what may be done. Resolves to the status; a watch is not read to its end. */
async function ask(access: ClusterAccess, call: string, body?: object): Promise<number> {
  const [method = '', path = ''] = call.split(' ');
  const ca = Buffer.from(access.config.getCurrentCluster()?.caData ?? '', 'base64');
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { authorization: `Bearer ${access.token}`, 'content-type': type };
  const options: RequestOptions = { method, ca, headers, agent: false };
  const asking = request(`${access.url}${path}`, options).end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = (await once(asking, 'response')) as [{ statusCode: number }];
  asking.destroy();
  return answer.statusCode;
}

const job = (name: string): V1Job => ({
  metadata: { name },
  spec: {
    suspend: true,
    template: { spec: { restartPolicy: 'Never', containers: [{ name: 'runner', image: 'fake/run:1' }] } },
  },
});

test('a launcher may do all that it has to do', async () => {
  const name = `access-${process.pid}`;
  const batch = admin.config.makeApiClient(BatchV1Api);
  expect(await ask(launcher, `POST ${JOBS}`, job(name))).toBe(201);
  try {
    for (const path of [JOBS, `${JOBS}/${name}`, `${RUNNERS}/pods`, `${RUNNERS}/events`]) {
      expect([path, await ask(launcher, `GET ${path}`)]).toEqual([path, 200]);
    }
    for (const path of [JOBS, `${RUNNERS}/pods`, `${RUNNERS}/events`]) {
      expect([path, await ask(launcher, `GET ${path}?watch=true&timeoutSeconds=1`)]).toEqual([path, 200]);
    }
    // There to look at is nothing: that it was looked for is what counts.
    for (const call of ['GET', 'DELETE'].map((method) => `${method} ${RUNNERS}/pods/nobody`)) {
      expect([call, await ask(launcher, call)]).toEqual([call, 404]);
    }
    expect(await ask(launcher, `GET ${RUNNERS}/pods/nobody/log`)).toBe(404);
    expect(await ask(launcher, `GET ${RUNNERS}/events/none`)).toBe(404);
    expect(await ask(launcher, `DELETE ${JOBS}/${name}`)).toBe(200);
  } finally {
    await batch.deleteNamespacedJob({ name, namespace, propagationPolicy: 'Background' }).catch(() => undefined);
  }
});

const REFUSED: readonly [call: string, body?: object][] = [
  [`POST ${RUNNERS}/pods/nobody/exec?command=sh`],
  [`GET ${RUNNERS}/pods/nobody/exec?command=sh`],
  [`POST ${RUNNERS}/pods/nobody/attach`],
  [`POST ${RUNNERS}/pods/nobody/portforward`],
  [`PATCH ${RUNNERS}/pods/nobody/ephemeralcontainers`, {}],
  [`POST ${RUNNERS}/pods/nobody/eviction`, {}],
  [`POST ${RUNNERS}/pods`, {}],
  [`PATCH ${RUNNERS}/pods/nobody`, {}],
  [`PATCH ${RUNNERS}/pods/nobody/status`, {}],
  [`DELETE ${RUNNERS}/pods`],
  [`GET ${RUNNERS}/secrets`],
  [`GET ${RUNNERS}/secrets/runnel-runner`],
  [`GET ${SYSTEM}/secrets/runnel-ingress`],
  [`GET ${RUNNERS}/configmaps`],
  [`PATCH ${RUNNERS}/configmaps/runnel-runner`, {}],
  [`GET ${RUNNERS}/persistentvolumeclaims`],
  [`POST ${RUNNERS}/events`, {}],
  [`POST ${RUNNERS}/serviceaccounts/runnel-runner/token`, {}],
  [`POST ${RUNNERS}/services`, {}],
  [`PATCH ${RUNNERS}/resourcequotas/runnel-runners`, {}],
  [`PATCH ${JOBS}/nobody`, {}],
  [`PUT ${JOBS}/nobody`, {}],
  [`PATCH ${JOBS}/nobody/status`, {}],
  [`DELETE ${JOBS}`],
  ['POST /apis/batch/v1/namespaces/runnel-runners/cronjobs', {}],
  ['POST /apis/apps/v1/namespaces/runnel-runners/deployments', {}],
  ['DELETE /apis/networking.k8s.io/v1/namespaces/runnel-runners/networkpolicies/deny-all'],
  ['PATCH /apis/rbac.authorization.k8s.io/v1/namespaces/runnel-runners/roles/runnel-launcher', {}],
  ['POST /apis/rbac.authorization.k8s.io/v1/namespaces/runnel-runners/rolebindings', {}],
  ['POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {}],
  ['GET /apis/batch/v1/jobs'],
  ['GET /api/v1/pods'],
  [`GET ${SYSTEM}/pods`],
  ['POST /apis/batch/v1/namespaces/runnel-system/jobs', {}],
  ['GET /apis/batch/v1/namespaces/default/jobs'],
  ['GET /api/v1/namespaces'],
  ['PATCH /api/v1/namespaces/runnel-runners', {}],
  ['GET /api/v1/nodes'],
  ['GET /apis/storage.k8s.io/v1/storageclasses'],
];

test.each(REFUSED)('a launcher may not %s', async (call, body) => {
  expect(await ask(launcher, call, body)).toBe(403);
});

test('a launcher cannot pass for somebody else', async () => {
  const review = { resource: 'users', verb: 'impersonate', name: 'system:admin' };
  expect(await mayI(launcher, review)).toBe(false);
});

test.each([
  ['runnel-system', 'runnel-ingress'],
  ['runnel-runners', 'runnel-runner'],
])('in %s the account %s may do no more than one that was never given anything', async (ofNamespace, name) => {
  const account = await admin.accessAs({ namespace: ofNamespace, name });
  const nobody = await admin.accessAs({ namespace: 'default', name: 'default' });
  for (const asked of ['runnel-system', 'runnel-runners', 'default', 'kube-system']) {
    expect(await rulesOf(account, asked)).toEqual(await rulesOf(nobody, asked));
  }
  for (const path of [JOBS, `${RUNNERS}/pods`, `${SYSTEM}/secrets`, '/api/v1/nodes', '/api/v1/namespaces']) {
    expect([path, await ask(account, `GET ${path}`)]).toEqual([path, 403]);
  }
});

async function mayI(access: ClusterAccess, resourceAttributes: object): Promise<boolean> {
  const reviews = access.config.makeApiClient(AuthorizationV1Api);
  const { status } = await reviews.createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } });
  return status?.allowed === true;
}

/** All that the account may do to objects there. */
async function rulesOf(access: ClusterAccess, ofNamespace: string): Promise<unknown[]> {
  const reviews = access.config.makeApiClient(AuthorizationV1Api);
  const { status } = await reviews.createSelfSubjectRulesReview({ body: { spec: { namespace: ofNamespace } } });
  return status?.resourceRules ?? [];
}

test('an account of ours gets no token into a pod unasked', async () => {
  const core = admin.config.makeApiClient(CoreV1Api);
  for (const ofNamespace of ['runnel-system', 'runnel-runners']) {
    const { items } = await core.listNamespacedServiceAccount({ namespace: ofNamespace });
    const ours = items.filter(({ metadata }) => metadata?.name?.startsWith('runnel-') === true);
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.map(({ automountServiceAccountToken }) => automountServiceAccountToken)).not.toContain(true);
    expect(ours.map(({ automountServiceAccountToken }) => automountServiceAccountToken)).not.toContain(undefined);
  }
});
