// A real Kubernetes control plane on this machine: etcd, API server, controller manager, scheduler. Needs no root.
import { mkdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTools } from '../support/find-tools.ts';
import { answersOk } from './answers-ok.ts';
import { openAccess, type ClusterAccess } from './cluster-access.ts';
import {
  apiServerArgs,
  certificateOf,
  controllersArgs,
  drawPorts,
  etcdArgs,
  kubeconfigOf,
  schedulerArgs,
  type ControlPlanePlan,
} from './control-plane-programs.ts';
import { makeCredentials, nodeUser, writeKubeconfig } from './credentials.ts';
import { openProcessFolder, type ProcessFolder } from './process-folder.ts';

export type ControlPlaneOptions = {
  /** Made for it, and gone after `stop()`. */
  readonly folder: string;
  /** Where the API server listens: an address of this machine that pods reach, where there is a real node; the loopback otherwise. */
  readonly address?: string;
  /** With 443, and the first address of `serviceRange` as `address`, a pod finds the API server by its environment. */
  readonly port?: number;
  readonly serviceRange?: string;
  /** Names of real nodes to come: each has its kubeconfig, `nodeKubeconfig(name)`. */
  readonly nodes?: readonly string[];
  /** It goes on when this process has ended; otherwise it dies with it. */
  readonly outlive?: boolean;
};

export type ControlPlane = AsyncDisposable & {
  readonly folder: string;
  /** As an administrator. */
  readonly access: ClusterAccess;
  /** Of etcd, whose JSON gateway compacts it under a watch: POST `/v3/kv/compaction`. */
  readonly etcdUrl: string;
  /** What else belongs to it and ends with it: kwok, containerd, a kubelet. */
  readonly processes: ProcessFolder;
  /** Path of the kubeconfig of a node named in the options. */
  nodeKubeconfig(name: string): string;
  /** Kills the API server; everything else stays, all objects with it. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same etcd and the same port. Resolves when it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  /** Resolves when the condition holds; throws with the telling lines of the logs when a process ends or it takes too long. */
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
  /** Kills everything and removes the folder. */
  stop(): Promise<void>;
};

const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 50;
const ADMIN = 'admin';
const CONTROLLERS = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';

/** Resolves when the API server is ready, the default service account is there and the scheduler schedules. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { folder, address = '127.0.0.1', serviceRange = '10.96.0.0/16', nodes = [], outlive = false } = options;
  const path = await findTools('kubernetes');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const drawn = await drawPorts();
  const ports = { ...drawn, apiServer: options.port ?? drawn.apiServer };
  const credentials = makeCredentials(folder, [ADMIN, CONTROLLERS, SCHEDULER, ...nodes.map(nodeUser)]);
  const plan = { folder, address, serviceRange, ports, credentials };
  const processes = openProcessFolder(folder, { outlive });
  const until = (what: string, condition: () => Promise<boolean>): Promise<void> =>
    waitUntil(processes, what, condition);
  const stop = async (): Promise<void> => {
    await processes.endAll();
    await rm(folder, { recursive: true, force: true });
  };
  const startApiServer = async (): Promise<void> => {
    await processes.start('kube-apiserver', path('kube-apiserver'), apiServerArgs(plan));
    await until('The API server', () => asAdmin(plan, '/readyz'));
  };
  const stopApiServer = (): Promise<void> => processes.end('kube-apiserver');
  try {
    await processes.start('etcd', path('etcd'), etcdArgs(plan));
    await startApiServer();
    writeKubeconfigs(plan);
    const [controllers, scheduler] = ['kube-controller-manager', 'kube-scheduler'] as const;
    await processes.start(controllers, path(controllers), controllersArgs(plan, CONTROLLERS));
    await processes.start(scheduler, path(scheduler), schedulerArgs(plan, SCHEDULER));
    await until('The default service account', () =>
      asAdmin(plan, '/api/v1/namespaces/default/serviceaccounts/default'),
    );
    await until('The scheduler', () =>
      answersOk(`https://127.0.0.1:${ports.scheduler}/readyz`, certificateOf(folder, 'kube-scheduler')),
    );
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    folder,
    access: openAccess(kubeconfigOf(folder, ADMIN)),
    etcdUrl: `http://127.0.0.1:${ports.etcd}`,
    processes,
    nodeKubeconfig: (name) => kubeconfigOf(folder, nodeUser(name)),
    stopApiServer,
    startApiServer,
    async restartApiServer() {
      await stopApiServer();
      await startApiServer();
    },
    until,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Path of the administrator's kubeconfig in the folder of a control plane. */
export function adminKubeconfig(folder: string): string {
  return kubeconfigOf(folder, ADMIN);
}

function asAdmin(plan: ControlPlanePlan, path: string): Promise<boolean> {
  return answersOk(urlOf(plan) + path, certificateOf(plan.folder, 'apiserver'), plan.credentials.users.get(ADMIN));
}

function urlOf({ address, ports }: ControlPlanePlan): string {
  return `https://${address}:${ports.apiServer}`;
}

function writeKubeconfigs(plan: ControlPlanePlan): void {
  const certificate = readFileSync(certificateOf(plan.folder, 'apiserver'));
  for (const [user, token] of plan.credentials.users) {
    writeKubeconfig(kubeconfigOf(plan.folder, user), { url: urlOf(plan), certificate, user, token });
  }
}

async function waitUntil(processes: ProcessFolder, what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    processes.assertAlive();
    if (performance.now() > deadline) {
      throw new Error(`${what} was not ready within ${PATIENCE_MS / 1_000} s.\n${processes.explain()}`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}
