// A cluster that stays up until it is taken down: its processes go on without whoever started them, its folder knows them.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { identifyProcess, isAlive, type ProcessIdentity } from '@runnel/shared/process';
import { openAccess, type ClusterAccess } from './cluster-access.ts';
import { adminKubeconfig, startControlPlane } from './control-plane.ts';
import { startPlayedNodes } from './played-nodes.ts';
import { endProcess, findEnded, findRecorded } from './process-folder.ts';
import { canBeReal, endReal, findKeeper, startReal } from './real-standing-cluster.ts';

export type StandingCluster = {
  readonly access: ClusterAccess;
  /** Which kind of nodes it has, and what that means. */
  readonly nodes: string;
  /** Of a cluster in a network of its own: a process that is in it. */
  readonly within?: number;
  /** Names of the processes that have ended by themselves: it is broken when there are any. */
  readonly ended: readonly string[];
};

const PLAYED =
  '4 played nodes: pods are scheduled and say that they run, and nothing runs in them (see tests/cluster/played-node-stages.yaml)';

/** Written when all is up: a `ClusterRecord`. */
export const RECORD_FILE = 'cluster.json';
export type ClusterRecord = { readonly nodes: string; readonly kubeconfig: string };

/** Undefined where none is up in this folder. */
export function findStandingCluster(folder: string): StandingCluster | undefined {
  const file = join(folder, RECORD_FILE);
  if (!existsSync(file)) return undefined;
  const { nodes, kubeconfig } = JSON.parse(readFileSync(file, 'utf8')) as ClusterRecord;
  const within = findKeeper(folder);
  const cluster = { access: openAccess(kubeconfig), nodes, ended: findEnded(folder) };
  return within === undefined ? cluster : { ...cluster, within };
}

/** Resolves to the one that is up in this folder, a new one where there is none. */
export async function bringUp(folder: string): Promise<StandingCluster> {
  const unlock = lock(folder);
  try {
    const found = findStandingCluster(folder);
    if (found !== undefined && found.ended.length === 0) return found;
    await clear(folder);
    await (canBeReal() ? startReal(folder, join(folder, RECORD_FILE)) : startPlayed(folder));
    const started = findStandingCluster(folder);
    if (started === undefined) throw new Error('The cluster came up and went.');
    return started;
  } finally {
    await unlock();
  }
}

async function startPlayed(folder: string): Promise<void> {
  const controlPlane = await startControlPlane({ folder, outlive: true });
  try {
    await startPlayedNodes(controlPlane, { nodes: 4 });
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
  const record: ClusterRecord = { nodes: PLAYED, kubeconfig: adminKubeconfig(folder) };
  writeFileSync(join(folder, RECORD_FILE), JSON.stringify(record));
}

/** Ends what runs and removes the folder. Resolves to whether there was anything. */
export async function takeDown(folder: string): Promise<boolean> {
  const unlock = lock(folder);
  try {
    return await clear(folder);
  } finally {
    await unlock();
  }
}

/** Resolves to whether there was anything. */
export async function clear(folder: string): Promise<boolean> {
  const isThere = existsSync(folder);
  await endReal(folder);
  await Promise.all(findRecorded(folder).map(endProcess));
  await rm(folder, { recursive: true, force: true });
  return isThere;
}

/** One at a time brings up or takes down; who was killed meanwhile does not count. Returns what releases it. */
function lock(folder: string): () => Promise<void> {
  const file = `${folder}.lock`;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      const fd = openSync(file, 'wx', 0o600);
      writeFileSync(fd, JSON.stringify(identifyProcess(process.pid)));
      closeSync(fd);
      return () => rm(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
    if (isAlive(owner)) throw new Error(`Another npm run cluster is at it (pid ${owner.pid}); try again in a moment.`);
    rmSync(file, { force: true });
  }
}
