// What this machine knows about a pod: its files, its processes, what it wrote. One that lost its name is found among those that are kept.
import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@runnel/shared/process';
import type { PodEnd } from '../../pod-backend.ts';
import { DIAGNOSED_LINES, type ContainerDiagnostics, type PodDiagnostics } from '../../pod-diagnostics.ts';
import { POD_MARK } from './find-pod-end.ts';
import { measureMarked } from './measure-memory.ts';
import type { PodFolder, PodRecord } from './pod-folder.ts';
import { unlessMissing } from './read-files.ts';
import { lastLinesOf } from './runner-log.ts';

const NOBODY: ReadonlySet<string> = new Set();

/** Undefined when nothing is kept of any pod of the name. */
export async function diagnosePod(folder: PodFolder, name: string): Promise<PodDiagnostics | undefined> {
  const record = (await folder.current(name)) ?? (await newestGone(folder, name));
  if (record === undefined) return undefined;
  const { user, generation, uid, createdAt } = record;
  const end = await folder.end(record);
  const runner = await diagnoseRunner(folder, record, end);
  return {
    user,
    generation,
    name,
    uid,
    phase: phaseOf(runner, end),
    createdAt,
    node: hostname(),
    ...(end === undefined ? {} : { end }),
    conditions: [],
    containers: [runner],
    events: [],
  };
}

async function newestGone(folder: PodFolder, name: string): Promise<PodRecord | undefined> {
  const gone = (await folder.gone(NOBODY)).filter((record) => record.name === name);
  return gone.toSorted((one, other) => other.createdAt - one.createdAt)[0];
}

async function diagnoseRunner(
  folder: PodFolder,
  record: PodRecord,
  end: PodEnd | undefined,
): Promise<ContainerDiagnostics> {
  const leader = await folder.leader(record);
  const lives = end === undefined && leader !== undefined && isAlive(leader);
  const memoryBytes = lives ? (await measureMarked(POD_MARK)).get(record.uid) : undefined;
  return {
    name: 'runner',
    state: await stateOf(folder, record, { end, lives, isStarted: leader !== undefined }),
    restarts: 0,
    ready: lives,
    ...(leader === undefined ? {} : { pid: leader.pid }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    logLines: await lastLinesOf(folder.path('logs', record.name), record.generation, DIAGNOSED_LINES),
  };
}

type Seen = { readonly end: PodEnd | undefined; readonly lives: boolean; readonly isStarted: boolean };

async function stateOf(
  folder: PodFolder,
  record: PodRecord,
  { end, lives, isStarted }: Seen,
): Promise<ContainerDiagnostics['state']> {
  if (lives) return { kind: 'running', since: record.createdAt };
  if (end === undefined && !isStarted) return { kind: 'waiting', reason: 'starting' };
  const exitCode = await folder.exitCode(record);
  const at = (await unlessMissing(stat(join(record.folder, 'end.json'))))?.mtimeMs;
  return {
    kind: 'ended',
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(end === undefined ? {} : { reason: end.reason }),
    ...(at === undefined ? {} : { at: Math.round(at) }),
  };
}

function phaseOf({ state }: ContainerDiagnostics, end: PodEnd | undefined): PodDiagnostics['phase'] {
  if (state.kind === 'waiting') return 'pending';
  if (state.kind === 'running') return 'running';
  // Its processes are gone and nobody has seen that yet.
  if (end === undefined) return 'unknown';
  return end.reason === 'exited' && end.exitCode === 0 ? 'succeeded' : 'failed';
}
