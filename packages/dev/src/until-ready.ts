// Waits for a process to say that it is ready, or says why it ended instead.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './start-child.ts';

const READY_WITHIN_MS = 60_000;
const LAST_LINES = 3;

export async function untilReady(child: Child, url: string): Promise<void> {
  const over = child.ended.then((how) => {
    throw new Error(`${child.name} ended at its start (${how}):\n${lastLines(child.logFile)}`);
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await Promise.race([fetch(url).catch(() => undefined), over]);
    if (answer?.ok === true) return;
    if (performance.now() > deadline) {
      throw new Error(
        `${child.name} is not ready after ${READY_WITHIN_MS / 1_000} s: ${(await answer?.text()) ?? 'no answer'}; see ${child.logFile}.`,
      );
    }
    await Promise.race([sleep(15), over]);
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}
