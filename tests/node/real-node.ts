// A real node on this machine: Debian's containerd and the kubelet, in the namespaces that `npm run test:node` makes.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api } from '@kubernetes/client-node';
import { freePort } from '@runnel/shared/process';
import { execa } from 'execa';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { findTools } from '../support/find-tools.ts';
import { socketOf, writeNodeFiles } from './node-files.ts';

/** What `npm run test:node` gives the namespaces; also the first address of the services, so that a pod finds the API server. */
export const NODE_ADDRESS = '10.255.77.1';
export const NODE_NAME = 'real-0';

const POD_RANGE = '10.255.78.0/24';
const PAUSE_IMAGE = 'localhost/runnel/pause:dev';
const IMAGE_NAMESPACE = 'k8s.io';
/** A mount may stand on another one that nobody could see before. */
const MOST_ROUNDS = 20;

export type RealNode = {
  readonly name: string;
  /** From the start of its first process to the node being ready, images loaded. Milliseconds. */
  readonly readyMs: number;
  /** Ends everything that runs on it, and undoes its mounts: only then can its folder be removed. */
  stop(): Promise<void>;
};

/** The control plane must listen on NODE_ADDRESS and know NODE_NAME. The node ends with it. */
export async function startRealNode(controlPlane: ControlPlane): Promise<RealNode> {
  const { programs, archive, cgroup } = readSurroundings();
  const { processes } = controlPlane;
  const folder = join(controlPlane.folder, 'node');
  mkdirSync(folder, { recursive: true });
  const ports = { kubelet: await freePort(), health: await freePort() };
  const plan = { name: NODE_NAME, folder, programs, address: NODE_ADDRESS, podRange: POD_RANGE, ports, cgroup };
  writeNodeFiles({ ...plan, pauseImage: PAUSE_IMAGE });
  const startedAt = performance.now();
  const ctr = (...args: string[]): Promise<unknown> =>
    execa(join(programs, 'usr/bin/ctr'), ['--address', socketOf(folder), '--namespace', IMAGE_NAMESPACE, ...args]);
  // It looks for its shim along the PATH.
  const path = `PATH=${[join(programs, 'usr/bin'), join(programs, 'usr/sbin'), process.env['PATH']].join(':')}`;
  const containerd = [join(programs, 'usr/bin/containerd'), '--config', join(folder, 'containerd.toml')];
  await processes.start('containerd', 'env', [path, ...containerd, '--log-level', 'warn']);
  await controlPlane.until('containerd', () =>
    ctr('version').then(
      () => true,
      () => false,
    ),
  );
  await ctr('images', 'import', archive);
  await processes.start('kubelet', 'env', [
    path,
    (await findTools('kubernetes'))('kubelet'),
    ...kubeletArgs(folder, controlPlane),
  ]);
  const core = controlPlane.access.config.makeApiClient(CoreV1Api);
  await controlPlane.until('The node', async () => {
    const { items } = await core.listNode();
    return items.some(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
  });
  return {
    name: NODE_NAME,
    readyMs: performance.now() - startedAt,
    async stop() {
      await processes.end('kubelet');
      await endContainers(cgroup);
      await processes.end('containerd');
      // They outlive containerd, and would go on writing into its folder.
      await endShims(folder);
      await unmountAll(folder);
    },
  };
}

async function endShims(folder: string): Promise<void> {
  for (let pids = findShims(folder); pids.length > 0; pids = findShims(folder)) {
    for (const pid of pids) kill(pid);
    await sleep(20);
  }
}

/** Shims, and the `runc` that they have called. There is no process here but those of the tests: the namespace is their own. */
function findShims(folder: string): number[] {
  const isShim = (pid: number): boolean => {
    const [program = '', ...args] = readText(`/proc/${pid}/cmdline`).split('\0');
    return /(containerd-shim[^/]*|runc)$/.test(program) && args.some((argument) => argument.startsWith(folder));
  };
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isShim(pid));
}

/** Innermost first, and again until none is left. Lazily: what was killed may still be on its way out. */
async function unmountAll(folder: string): Promise<void> {
  const find = (): string[] =>
    readText('/proc/self/mounts')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((at) => at.startsWith(`${folder}/`));
  for (let round = 0; round < MOST_ROUNDS && find().length > 0; round += 1) {
    for (const mount of find().toReversed()) await execa('umount', ['--lazy', mount], { reject: false });
  }
}

/** SIGKILL to all in the cgroup until nobody is left: what dies may have just forked. Their shims notice. */
async function endContainers(cgroup: string): Promise<void> {
  const folder = join('/sys/fs/cgroup/pids', cgroup);
  for (;;) {
    const pids = withChildren(folder).flatMap((group) => readProcesses(join(group, 'cgroup.procs')));
    if (pids.length === 0) return;
    for (const pid of pids) kill(pid);
    await sleep(20);
  }
}

/** A group can go at any moment, also between being found and being read: Node's own recursion throws then. */
function withChildren(group: string): string[] {
  try {
    const children = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [group, ...children.flatMap(({ name }) => withChildren(join(group, name)))];
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}

function readProcesses(file: string): number[] {
  return readText(file)
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}

/** Empty where it is gone: a process, or a group with its last process. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function kubeletArgs(folder: string, controlPlane: ControlPlane): string[] {
  return [
    `--config=${join(folder, 'kubelet.json')}`,
    `--kubeconfig=${controlPlane.nodeKubeconfig(NODE_NAME)}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NODE_ADDRESS}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--cert-dir=${join(folder, 'kubelet', 'pki')}`,
  ];
}

/** A node outside of its namespaces would set up this machine's network and end other people's containers. */
function readSurroundings(): { readonly programs: string; readonly archive: string; readonly cgroup: string } {
  const { RUNNEL_NODE_PROGRAMS: programs, RUNNEL_NODE_IMAGES: archive, RUNNEL_NODE_CGROUP: cgroup } = process.env;
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []);
  const isApart = addresses.every((address) => /^(127\.|::1|fe80:|10\.255\.7[78]\.)/.test(address));
  if (!isApart || programs === undefined || archive === undefined || cgroup === undefined) {
    throw new Error('A real node runs in namespaces of its own: npm run test:node makes them.');
  }
  return { programs, archive, cgroup };
}
