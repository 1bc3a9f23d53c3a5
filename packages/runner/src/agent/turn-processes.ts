// All that a turn starts: a process group, and by a mark in their environment those who left it for a session of their own.
import { setTimeout as sleep } from 'node:timers/promises';
import { endMarked, findMarked } from '@runnel/shared/process';

/** The mark in the environment of all that a turn starts. */
export const TURN_MARK = 'RUNNEL_TURN';

const LOOK_AGAIN_MS = 25;

/** Resolves when nothing is left: those who do not go by themselves within the grace are killed. */
export async function endEverything(group: number, mark: string, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline && (await isAnybodyLeft(group, mark))) await sleep(LOOK_AGAIN_MS);
  signalGroup(group, 'SIGKILL');
  await endMarked(TURN_MARK, mark);
}

/** By the mark where it can be seen: the dead whom nobody has waited for are in the group still. */
async function isAnybodyLeft(group: number, mark: string): Promise<boolean> {
  return process.platform === 'linux' ? (await findMarked(TURN_MARK, mark)).length > 0 : signalGroup(group, 0);
}

/** False when there is nobody in it, or nobody that is ours. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}
