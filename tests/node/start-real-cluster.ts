// The whole fleet on a real node: k8s/overlays/local as it is, beside a Redis and the Slack stand-in on the node's address.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppsV1Api } from '@kubernetes/client-node';
import { startSlackStandIn, Workspace, type SlackStandIn } from '@runnel/dev';
import { startRedisServer } from '@runnel/shared/testing';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';
import { NODE_ADDRESS, NODE_NAME, startRealNode } from './real-node.ts';

const OVERLAY = fileURLToPath(new URL('../../k8s/overlays/local', import.meta.url));

/** As stand-in.env and secrets/ of the overlay say. */
const PORTS = { redis: 6379, slack: 8090 };
const TOKENS = { appToken: 'xapp-local', botToken: 'xoxb-local' };

/** Half of the defaults and less, but for what a busy machine may need its time for. Each process reads what it knows. */
const FASTER = {
  LEASE_DURATION: '15s',
  LEASE_MARGIN: '3s',
  CALL_TIMEOUT: '5s',
  SWEEP_INTERVAL: '1s',
  RECONCILE_INTERVAL: '5s',
  INBOX_TICK: '1s',
  LAUNCH_BACKOFF: '1s',
  RUNNER_DRAIN: '20s',
  RUNNER_MEMORY: '512MiB',
  RUNNER_IDLE_TIMEOUT: '10s',
  AGENT_PROVIDER: 'shell',
};

/** Five at a time: at half a processor each three would have a place, and all of them at once would starve. */
const PROFILES = { interactive: { priorityClassName: 'runnel-interactive', resources: { cpu: '300m' } } };

export const RUNNERS = 'runnel-runners';
export const SYSTEM = 'runnel-system';

export type RealCluster = AsyncDisposable & {
  readonly workspace: Workspace;
  /** Their ids. */
  readonly people: readonly string[];
  readonly standIn: SlackStandIn;
  readonly controlPlane: ControlPlane;
};

/** Resolves when ingress and launcher are ready. `folder` is there and empty; it is removed with the cluster. */
export async function startRealCluster(folder: string, people: number): Promise<RealCluster> {
  const names = Array.from({ length: people }, (_, n) => ({ id: `U0P${n}`, name: `p${n}`, realName: `Person ${n}` }));
  const workspace = new Workspace({ people: names, timeScale: 0.1 });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  opened.use(
    await startRedisServer({
      port: PORTS.redis,
      args: ['--bind', '127.0.0.1', NODE_ADDRESS, '--protected-mode', 'no'],
    }),
  );
  const standIn = opened.adopt(
    await startSlackStandIn({ ...TOKENS, workspace, timeScale: 0.1, host: NODE_ADDRESS, port: PORTS.slack }),
    (server) => server.close(),
  );
  const address = { address: NODE_ADDRESS, port: 443, serviceRange: '10.255.77.0/24' };
  const plane = { folder: join(folder, 'cluster'), ...address, nodes: [NODE_NAME] };
  const controlPlane = opened.use(await startControlPlane(plane));
  opened.adopt(await startRealNode(controlPlane), (started) => started.stop());
  const ids = names.map(({ id }) => id);
  await install(controlPlane, writeOverlay(folder, ids));
  const closing = opened.move();
  return { workspace, people: ids, standIn, controlPlane, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

/** What the overlay leaves open: where state lies on this node, who may use it, and how fast it all goes. */
function writeOverlay(folder: string, people: readonly string[]): string {
  const overlay = join(folder, 'overlay');
  const state = join(folder, 'state');
  for (const path of [overlay, state]) mkdirSync(path);
  chmodSync(folder, 0o755);
  // For the user of the images, whom this machine does not know.
  chmodSync(state, 0o777);
  const literals = Object.entries({ ...FASTER, ALLOWED_USERS: people.join(',') }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const profiles = [`profiles.yaml=${JSON.stringify({ profiles: PROFILES })}`];
  const generated = [
    { name: 'runnel-ingress', namespace: SYSTEM, literals },
    { name: 'runnel-launcher', namespace: SYSTEM, literals },
    { name: 'runnel-profiles', namespace: SYSTEM, literals: profiles },
    { name: 'runnel-runner', namespace: RUNNERS, literals },
  ];
  const one = JSON.stringify([{ op: 'replace', path: '/spec/replicas', value: 1 }]);
  const there = JSON.stringify([{ op: 'replace', path: '/spec/local/path', value: state }]);
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(overlay, OVERLAY)],
    configMapGenerator: generated.map((map) => ({ ...map, behavior: 'merge' })),
    patches: [
      // Two cores have no room for two of each.
      { target: { kind: 'Deployment' }, patch: one },
      { target: { kind: 'PersistentVolume' }, patch: there },
    ],
  };
  // JSON is YAML.
  writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(kustomization));
  return overlay;
}

async function install(controlPlane: ControlPlane, overlay: string): Promise<void> {
  await runKubectl(controlPlane.access, ['apply', '-k', overlay]);
  const apps = controlPlane.access.config.makeApiClient(AppsV1Api);
  await controlPlane.until('The fleet', async () => {
    const { items } = await apps.listNamespacedDeployment({ namespace: SYSTEM });
    return items.length === 2 && items.every(({ status }) => status?.readyReplicas === 1);
  });
}
