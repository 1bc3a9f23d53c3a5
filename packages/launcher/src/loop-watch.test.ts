import { createLogger } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { LoopWatch } from './loop-watch.ts';
import { repeatLook } from './repeat-look.ts';

const log = createLogger('launcher', 'silent');
/** Later than any look may last, by a tenth of a second. */
const LATER_MS = 600_101;

test('a loop that waits for what never comes is stuck, one that fails again and again is not', async () => {
  const loops = new LoopWatch();
  const over = new AbortController();
  const began = performance.now();
  let looks = 0;
  let release = (): void => undefined;
  const hang = (): Promise<void> => new Promise((resolve) => (release = resolve));
  const fail = async (): Promise<void> => {
    looks += 1;
    throw new Error('away');
  };
  const hanging = repeatLook({ stage: 'hangs', everyMs: 1, look: hang, loops }, log, over.signal);
  const failing = repeatLook({ stage: 'fails', everyMs: 1, look: fail, loops }, log, over.signal);
  await expect.poll(() => looks).toBeGreaterThan(3);
  expect(loops.stuck()).toEqual([]);
  // Both began at the same time; a tenth of a second later only one of them has come around.
  await expect.poll(() => loops.stuck(began + LATER_MS)).toEqual(['hangs']);
  over.abort();
  release();
  await Promise.all([hanging, failing]);
});
