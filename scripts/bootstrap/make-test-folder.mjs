// Where the tests have their files: in memory, where there is a place for that, since a disk with other work to do stands
// still for seconds; else where the system has its temporary files.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const IN_MEMORY = '/dev/shm';
/** Forty times what the quick tests were seen to need. */
const ROOM_BYTES = 2 * 1024 ** 3;

/** The path of a new folder, which goes when this process ends. */
export function makeTestFolder() {
  const inMemory = hasRoom(IN_MEMORY) ? makeFolder(IN_MEMORY) : undefined;
  // In many containers it is a place from which nothing may be run.
  if (inMemory !== undefined && runsPrograms(inMemory)) return inMemory;
  return makeFolder(tmpdir());
}

function makeFolder(base) {
  const folder = mkdtempSync(join(base, 'runnel-tests-'));
  // As open to other users as any place for temporary files: some tests are one.
  chmodSync(folder, 0o1777);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

function hasRoom(path) {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

function runsPrograms(folder) {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o700 });
  return spawnSync(program).status === 0;
}
