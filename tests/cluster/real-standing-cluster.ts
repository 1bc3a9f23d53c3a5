// A standing cluster with a real node: a script in the background holds its namespaces, and one process in them keeps it up.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readProc } from '@runnel/shared/process';
import { findRecorded, openProcessFolder } from './process-folder.ts';

const HOLDER = fileURLToPath(new URL('../../scripts/keep-cluster.mjs', import.meta.url));
const KEEPER = 'tests/node/keep-real-cluster.ts';
const START_MS = 300_000;
const END_MS = 90_000;
const LOOK_AGAIN_MS = 100;

/** `npm run cluster` has brought what it takes. */
export function canBeReal(): boolean {
  return process.env['RUNNEL_NODE_IMAGES'] !== undefined;
}

/** Resolves when `file` is written: the keeper does so when all is up. */
export async function startReal(folder: string, file: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const processes = openProcessFolder(folder, { outlive: true });
  await processes.start('namespaces', process.execPath, [HOLDER, folder]);
  const deadline = performance.now() + START_MS;
  while (!existsSync(file)) {
    processes.assertAlive();
    if (performance.now() > deadline) {
      await endReal(folder);
      throw new Error(`The real node was not ready within ${START_MS / 1_000} s.\n${processes.explain()}`);
    }
    await sleep(LOOK_AGAIN_MS);
  }
}

/** The process that keeps the cluster of this folder, as this side of the namespaces counts it. */
export function findKeeper(folder: string): number | undefined {
  if (!existsSync('/proc')) return undefined;
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .find((pid) => {
      const [, script, folderOf] = readProc(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
      return script === KEEPER && folderOf === folder;
    });
}

/** It takes its node down, and the holder puts the machine back. Harmless where none is up. */
export async function endReal(folder: string): Promise<void> {
  const keeper = findKeeper(folder);
  if (keeper === undefined) return;
  process.kill(keeper, 'SIGTERM');
  const deadline = performance.now() + END_MS;
  while (findRecorded(folder).length > 0 && performance.now() < deadline) await sleep(LOOK_AGAIN_MS);
}
