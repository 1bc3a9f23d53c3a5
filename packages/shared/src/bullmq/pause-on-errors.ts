// BullMQ's worker repeats a refused command thousands of times a second; this gives it, and the log, a rest.
import type { Worker } from 'bullmq';

const TOLERATED_ERRORS = 20;
const WINDOW_MS = 1_000;
const REST_MS = 2_000;

/** Pauses the worker for 2 s after 20 errors within one second. Jobs that are active go on. */
export function pauseOnErrors(worker: Worker, onError: (error: Error) => void): void {
  let windowStart = 0;
  let errors = 0;
  let resting = false;
  worker.on('error', (error) => {
    const now = performance.now();
    if (now - windowStart > WINDOW_MS) {
      windowStart = now;
      errors = 0;
    }
    errors += 1;
    if (errors <= TOLERATED_ERRORS) onError(error);
    if (errors < TOLERATED_ERRORS || resting) return;
    resting = true;
    void worker.pause(true);
    setTimeout(() => {
      resting = false;
      if (!worker.closing) void worker.resume();
    }, REST_MS).unref();
  });
}
