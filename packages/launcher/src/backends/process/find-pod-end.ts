// Whether a pod has ended, and why. Its end is known only once nothing of it lives.
import { endMarked, isAlive } from '@runnel/shared/process';
import type { PodEnd } from '../../pod-backend.ts';
import type { PodFolder, PodRecord } from './pod-folder.ts';

/** Every process of a pod has this variable, with the pod's uid, in its environment. */
export const POD_MARK = 'RUNNEL_POD';

/** A launcher that is stopped between claim and start must not keep its person waiting. Milliseconds. */
const START_WITHIN_MS = 10_000;

/** Undefined while it lives, or when it lost its name meanwhile. `kill` ends a pod that lives. */
export async function findPodEnd(
  folder: PodFolder,
  record: PodRecord,
  what: 'look' | 'kill',
): Promise<PodEnd | undefined> {
  const known = await folder.end(record);
  if (known !== undefined) return known;
  // In this order: the leader writes the exit code before it ends.
  const lives = await isLiving(folder, record);
  if (lives && what === 'look' && (await folder.exitCode(record)) === undefined) return undefined;
  // The runner is gone; whatever it started goes too.
  const survivors = await endMarked(POD_MARK, record.uid);
  if (survivors.length > 0) throw new Error(`processes ${survivors.join(', ')} of ${record.name} cannot be killed`);
  const end = await classify(folder, record);
  return (await folder.recordEnd(record, end)) ? end : undefined;
}

async function isLiving(folder: PodFolder, record: PodRecord): Promise<boolean> {
  const leader = await folder.leader(record);
  if (leader !== undefined) return isAlive(leader);
  // Whoever took its name away meanwhile has seen its end, or there is none.
  if (!(await folder.hasName(record))) return true;
  return isAlive(record.creator) && Date.now() - record.createdAt < START_WITHIN_MS;
}

async function classify(folder: PodFolder, record: PodRecord): Promise<PodEnd> {
  const owner = record.uid;
  if (await folder.wasOverMemory(record)) return { owner, reason: 'memory' };
  const exitCode = await folder.exitCode(record);
  return exitCode === undefined ? { owner, reason: 'killed' } : { owner, reason: 'exited', exitCode };
}
