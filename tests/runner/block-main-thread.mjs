// Preloaded into a runner: at SIGUSR2 its main thread stands still for good, as in an endless loop; its other threads go on.
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('SIGUSR2', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
}
