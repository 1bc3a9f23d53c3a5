// What runners write: one file per generation, of which the newest few are kept for each person.
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listNames, unlessMissing } from './read-files.ts';

const KEPT_LOGS = 5;
/** Enough for the last lines; a line may be cut at its front. */
const TAIL_BYTES = 256 * 1024;

/** Returns the file for a new generation, after the oldest ones were removed. */
export async function makeLogFile(folder: string, generation: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const older = newestFirst(await listNames(folder)).slice(KEPT_LOGS - 1);
  await Promise.all(older.map((name) => rm(join(folder, name), { force: true })));
  return join(folder, `${generation}.log`);
}

/** The last lines of the newest log, oldest first. */
export async function lastLines(folder: string, lines: number): Promise<string[]> {
  const [newest] = newestFirst(await listNames(folder));
  return newest === undefined ? [] : linesOf(join(folder, newest), lines);
}

/** The last lines of one generation's log, oldest first. */
export async function lastLinesOf(folder: string, generation: string, lines: number): Promise<string[]> {
  return linesOf(join(folder, `${generation}.log`), lines);
}

async function linesOf(path: string, lines: number): Promise<string[]> {
  const file = await unlessMissing(open(path, 'r'));
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString('utf8', 0, bytesRead).replace(/\n$/, '');
    return text === '' ? [] : text.split('\n').slice(-lines);
  } finally {
    await file.close();
  }
}

/** Generations are milliseconds in digits, all of one length for the next centuries. */
function newestFirst(names: readonly string[]): string[] {
  return names.toSorted().toReversed();
}
