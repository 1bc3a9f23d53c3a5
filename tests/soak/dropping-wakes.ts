// A launch queue before which a wake may be lost: its caller died right before it would have added the job.
import type { LaunchQueue } from '@runnel/shared';
import type { Strike } from './fault-counts.ts';

export function droppingWakes(queue: LaunchQueue, strike: Strike): LaunchQueue {
  const asked = new Map<string, number>();
  return {
    ...queue,
    async add(launch, where) {
      const key = `${launch.user} ${launch.generation}`;
      const times = (asked.get(key) ?? 0) + 1;
      asked.set(key, times);
      if (asked.size > 1_000) asked.delete(asked.keys().next().value ?? '');
      if (strike('drop-wake', 0.05, key, times)) return;
      await queue.add(launch, where);
    },
  };
}
