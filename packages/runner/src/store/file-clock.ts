// The clock by which a file system says when a file was changed: its own, and it goes in ticks of its own.
import { lstat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of the coarsest file systems there are. */
const LONGEST_TICK_MS = 2_000;

/** What a change in the file system of `file`, which is touched for it, would be dated now. In milliseconds. */
export async function fileClock(file: string): Promise<number> {
  const now = new Date();
  await utimes(file, now, now);
  return (await lstat(file)).ctimeMs;
}

/** Resolves once a change would be dated later than `ms`: what was changed until then can be told from what comes after. */
export async function nextTick(file: string, ms: number): Promise<number> {
  const patience = performance.now() + LONGEST_TICK_MS;
  let clockMs = await fileClock(file);
  while (clockMs <= ms && performance.now() < patience) {
    await sleep(1);
    clockMs = await fileClock(file);
  }
  return clockMs;
}
