// docs/gke.md followed word by word, on a cluster of its own. Google's part is played: what is tried is that the commands fit
// each other, the manifests and Kubernetes.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppsV1Api, BatchV1Api, CoreV1Api, DiscoveryV1Api, NetworkingV1Api } from '@kubernetes/client-node';
import { freePort } from '@runnel/shared/process';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { startPlayedNodes } from '../cluster/played-nodes.ts';
import { root } from '../manifests/read-manifests.ts';
import { runnerJob } from '../manifests/runner-jobs.ts';
import { startBucket } from '../session-store/start-bucket.ts';
import { startMetadataServer, token } from '../session-store/start-metadata-server.ts';
import { findTools } from '../support/find-tools.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

/** What Google would say. */
const GCLOUD = `#!/bin/sh
echo "$*" >> "$0.log"
[ ! -e lifecycle.json ] || cp lifecycle.json "$0.lifecycle"
case "$*" in
  *'redis instances describe'*) echo 10.9.8.7 ;;
  *get-auth-string*) echo word-of-redis ;;
  *'images describe'*) echo ${DIGEST} ;;
  *'clusters describe'*) echo 203.0.113.7 ;;
  *'projects describe'*) echo 123456 ;;
esac
`;

let folder: string;
let plane: ControlPlane;
let guide: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnel-guide-'));
  plane = await startControlPlane({ folder: join(folder, 'cluster') });
  await startPlayedNodes(plane, { nodes: 2 });
  guide = await readFile(join(root, 'docs/gke.md'), 'utf8');
  await cp(join(root, 'k8s'), join(folder, 'k8s'), { recursive: true });
  await rm(join(folder, 'k8s/overlays/gke-autopilot/settings'), { recursive: true, force: true });
  const programs = join(folder, 'programs');
  await mkdir(programs);
  const kubectl = (await findTools('kubernetes'))('kubectl');
  const wrapped = `#!/bin/sh\nexec ${kubectl} --kubeconfig=${plane.access.kubeconfig} --cache-dir=${folder}/cache "$@"\n`;
  const scripts = { gcloud: GCLOUD, docker: '#!/bin/sh\n', kubectl: wrapped };
  for (const [name, text] of Object.entries(scripts)) await writeFile(join(programs, name), text, { mode: 0o755 });
  await plane.access.config.makeApiClient(DiscoveryV1Api).createNamespacedEndpointSlice({
    namespace: 'default',
    body: {
      metadata: { name: 'kubernetes', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.132.0.2'] }],
      ports: [{ name: 'https', port: 443 }],
    },
  });
});
afterAll(async () => {
  await plane.stop();
  await rm(folder, { recursive: true, force: true });
});

/** As somebody's shell at the root of the repository. */
async function shell(script: string, input = ''): Promise<string> {
  const PATH = `${join(folder, 'programs')}:${process.env['PATH'] ?? ''}`;
  const { stdout } = await execa('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: { PATH }, input });
  return stdout;
}

/** The blocks of a numbered step, one after the other. */
function step(number: number): string {
  return section(`${number}. `);
}

/** The same of a section without a number. */
function section(title: string): string {
  const found = guide.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
  const blocks = [...found.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  expect(blocks.length, title).toBeGreaterThan(0);
  return blocks.join('\n');
}

/** One sitting: what its later commands use of the earlier ones. */
function variables(): string {
  const lines = [step(1), step(3)].flatMap((text) => text.split('\n'));
  return lines.filter((line) => /^(export|NUMBER=)/.test(line)).join('\n');
}

/** A command in the middle of a sentence. */
function inline(beginning: string): string {
  const text = guide.replaceAll('\n', ' ');
  const [, found] = new RegExp(`\`(${beginning}[^\`]*)\``).exec(text) ?? [];
  if (found === undefined) throw new Error(`docs/gke.md says nothing of ${beginning}.`);
  return found;
}

const settled = 'kubectl rollout status -n runnel-system deployment/runnel-ingress deployment/runnel-launcher';
const upgrade = 'kubectl apply -k k8s/overlays/gke-autopilot';

test('from the empty project to a fleet that is ready', async () => {
  const steps = [1, 2, 3, 4, 5, 6, 7].map(step).join('\n');
  const said = await shell(steps, 'xoxb-typed\nxapp-typed\n');
  expect(said).toContain('deployment "runnel-ingress" successfully rolled out');
  expect(said).toContain('deployment "runnel-launcher" successfully rolled out');

  const core = plane.access.config.makeApiClient(CoreV1Api);
  const { data } = await core.readNamespacedSecret({ name: 'runnel-ingress', namespace: 'runnel-system' });
  const decoded = (key: string): string => Buffer.from(data?.[key] ?? '', 'base64').toString();
  expect(['REDIS_URL', 'SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'].map(decoded)).toEqual([
    'redis://:word-of-redis@10.9.8.7:6379',
    'xoxb-typed',
    'xapp-typed',
  ]);
  expect(decoded('DASHBOARD_TOKEN')).toMatch(/^[0-9a-f]{48}$/);
});

test('what it read off the cluster is where it belongs', async () => {
  const apps = plane.access.config.makeApiClient(AppsV1Api);
  const { spec } = await apps.readNamespacedDeployment({ name: 'runnel-launcher', namespace: 'runnel-system' });
  const image = 'europe-west1-docker.pkg.dev/my-project/runnel/launcher';
  expect(spec?.template.spec?.containers[0]?.image).toBe(`${image}@${DIGEST}`);
  expect(await shell('kubectl get configmap -n runnel-system -o yaml')).toContain(
    `RUNNER_IMAGE: ${image.replace('launcher', 'runner')}@${DIGEST}`,
  );

  const networking = plane.access.config.makeApiClient(NetworkingV1Api);
  const cidrs = async (name: string, namespace: string): Promise<(string | undefined)[]> => {
    const policy = await networking.readNamespacedNetworkPolicy({ name, namespace });
    return (policy.spec?.egress?.[0]?.to ?? []).map(({ ipBlock }) => ipBlock?.cidr);
  };
  expect(await cidrs('launcher-to-api-server', 'runnel-system')).toEqual([
    '10.132.0.2/32',
    expect.stringMatching(/^10\..*\.1\/32$/),
  ]);
  expect(await cidrs('to-redis', 'runnel-runners')).toEqual(['10.9.8.7/32']);
  const open = await networking.readNamespacedNetworkPolicy({ name: 'to-internet', namespace: 'runnel-runners' });
  expect(open.spec?.egress?.[0]?.to?.[0]?.ipBlock?.except).toEqual(
    expect.arrayContaining(['10.132.0.2/32', '203.0.113.7/32']),
  );
});

test('the pod that shows the policies cut is let in, and is a runner to all of them', async () => {
  const [apply = ''] = step(8).split(/^kubectl wait/m);
  await shell(`${variables()}\n${apply}`);
  const core = plane.access.config.makeApiClient(CoreV1Api);
  const { metadata, spec } = await core.readNamespacedPod({ name: 'cage-check', namespace: 'runnel-runners' });
  const runner = await runnerJob('T0LOCAL:U0ADA');
  const { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': component } = runner.metadata?.labels ?? {};
  expect(metadata?.labels).toMatchObject({ 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': component });
  expect(spec?.containers[0]?.args?.[0]).toContain('10.9.8.7/6379');
  expect(spec?.containers[0]?.args?.[0]).toContain('</dev/tcp/$place');
});

test('what that pod asks Google says whether the bucket works', async () => {
  const core = plane.access.config.makeApiClient(CoreV1Api);
  const { spec } = await core.readNamespacedPod({ name: 'cage-check', namespace: 'runnel-runners' });
  await shell('kubectl delete pod -n runnel-runners cage-check --wait=false');
  expect(spec?.serviceAccountName).toBe('runnel-runner');
  const [ask = ''] = /^node -e .*/ms.exec(spec?.containers[0]?.args?.[0] ?? '') ?? [];
  // Asked of a bucket and a metadata server here.
  await using bucket = await startBucket();
  const port = await freePort();
  const asked = ask
    .replace('metadata.google.internal', `127.0.0.1:${port}`)
    .replace(
      'https://storage.googleapis.com/storage/v1/b/my-project-runnel-state/',
      `${bucket.url}/storage/v1/b/state/`,
    );
  expect(await shell(asked)).toContain('ECONNREFUSED');
  await using metadata = await startMetadataServer(port);
  expect(await shell(asked)).toBe('bucket: 200');
  expect(bucket.calls.at(-1)).toMatchObject({ path: '/storage/v1/b/state/o', authorization: `Bearer ${token}` });
  expect(await shell(asked.replace('/b/state/', '/b/nowhere/'))).toBe('bucket: 404');
  expect(metadata.asked).toHaveLength(2);
});

test('an upgrade goes forward, and back with the runners’ image', async () => {
  const runnerImage = async (): Promise<string> =>
    shell(
      `map=$(kubectl get deployment -n runnel-system runnel-launcher -o jsonpath='{.spec.template.spec.containers[0].envFrom[0].configMapRef.name}')
       kubectl get configmap -n runnel-system $map -o jsonpath='{.data.RUNNER_IMAGE}'`,
    );
  const before = await runnerImage();
  const settings = 'k8s/overlays/gke-autopilot/settings/cluster.env';
  await shell(`sed -i s/abab/cdcd/ ${settings}; ${upgrade}; ${settled}`);
  expect(await runnerImage()).toBe(before.replace('abab', 'cdcd'));
  await shell(`${inline('kubectl rollout undo')}; ${settled}`);
  expect(await runnerImage()).toBe(before);
});

test('draining ends the runners and nothing else', async () => {
  const batch = plane.access.config.makeApiClient(BatchV1Api);
  const namespace = 'runnel-runners';
  await batch.createNamespacedJob({ namespace, body: await runnerJob('T0LOCAL:U0ADA', 'fake/run:1') });
  await batch.createNamespacedJob({
    namespace,
    body: {
      metadata: { name: 'other' },
      spec: {
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'fake/run:1' }] } },
        suspend: true,
      },
    },
  });
  await shell(inline('kubectl delete jobs'));
  const { items } = await batch.listNamespacedJob({ namespace });
  expect(items.map(({ metadata }) => metadata?.name)).toEqual(['other']);
});

test('launchers are stopped and started again', async () => {
  await shell(inline('kubectl scale -n runnel-system deployment/runnel-launcher'));
  await shell(`${inline('kubectl scale -n runnel-system deployment/runnel-launcher').replace('=0', '=2')}; ${settled}`);
});

test('a Redis in the cluster takes the place of the managed one, and its replica the place of the primary', async () => {
  const overlay = 'k8s/overlays/gke-autopilot/kustomization.yaml';
  await shell(`sed -i s,components/memorystore,components/redis, ${overlay}; ${upgrade}`);
  const selector = (): Promise<string> =>
    shell("kubectl get service -n runnel-system runnel-redis -o jsonpath='{.spec.selector}'");
  expect(JSON.parse(await selector())).toMatchObject({ 'apps.kubernetes.io/pod-index': '0' });
  await shell(`sed -i s/PRIMARY=0/PRIMARY=1/ k8s/components/redis/primary.env; ${upgrade}`);
  expect(JSON.parse(await selector())).toMatchObject({ 'apps.kubernetes.io/pod-index': '1' });
});

test('a bucket takes the place of the volume, and runners reach what tells them who they are', async () => {
  await shell([variables(), section('A bucket in place of Filestore'), upgrade, settled].join('\n'));
  const data = async (name: string, namespace: string): Promise<Record<string, string>> =>
    JSON.parse(await shell(`kubectl get configmap -n ${namespace} ${name} -o jsonpath='{.data}'`)) as never;
  expect(await data('runnel-runner', 'runnel-runners')).toMatchObject({ STATE_BUCKET: 'my-project-runnel-state' });
  const map = await shell(
    "kubectl get deployment -n runnel-system runnel-launcher -o jsonpath='{.spec.template.spec.containers[0].envFrom[0].configMapRef.name}'",
  );
  expect(await data(map, 'runnel-system')).toMatchObject({ STATE_BUCKET: 'my-project-runnel-state' });
  expect(await shell('kubectl get networkpolicy -n runnel-runners to-metadata-server -o name')).toContain(
    'to-metadata',
  );

  // The principal is the account that runners' pods really have.
  const { spec } = await runnerJob('T0LOCAL:U0ADA').then(({ spec: job }) => job?.template ?? {});
  const asked = await readFile(join(folder, 'programs/gcloud.log'), 'utf8');
  const pool =
    'principal://iam.googleapis.com/projects/123456/locations/global/workloadIdentityPools/my-project.svc.id.goog';
  expect(asked).toContain(
    `buckets add-iam-policy-binding gs://my-project-runnel-state --role roles/storage.objectUser --member ${pool}/subject/ns/runnel-runners/sa/${spec?.serviceAccountName ?? ''}\n`,
  );
  // Its rules are those that the other page gives, in the words of Google's API.
  const rules: unknown = JSON.parse(await readFile(join(folder, 'programs/gcloud.lifecycle'), 'utf8'));
  const [, elsewhere = ''] =
    /^```json\n(.*?)^```$/ms.exec(await readFile(join(root, 'docs/session-state.md'), 'utf8')) ?? [];
  expect(rules).toEqual(JSON.parse(elsewhere));
  await shell(inline('kubectl delete persistentvolumeclaim -n runnel-runners'));
});
