import { describeLaunchQueue } from './launch-queue.testsuite.ts';
import { memoryLaunchQueue } from './memory-launch-queue.ts';

describeLaunchQueue('in memory', async () => {
  const queue = memoryLaunchQueue();
  return { queue, again: () => queue };
});
