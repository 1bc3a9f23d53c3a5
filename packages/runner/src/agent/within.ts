import { setTimeout as sleep } from 'node:timers/promises';

/** Whether it came in time. */
export function within(ms: number, coming: Promise<void>): Promise<boolean> {
  return Promise.race([coming.then(() => true), sleep(ms, false, { ref: false })]);
}
