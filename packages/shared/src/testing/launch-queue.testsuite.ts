// The contract of the launch queue: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { LaunchJob, LaunchQueue } from '../launch-queue.ts';
import type { Launch } from '../lease.ts';

const launches: Launch[] = [1, 2, 3, 4].map((n) => ({ user: `T0:U${n}`, generation: '100' }));

/** Jobs under way, each ended by the test. */
function hold(): {
  jobs: LaunchJob[];
  handle: (job: LaunchJob) => Promise<void>;
  finish: (job: LaunchJob | undefined) => void;
} {
  const jobs: LaunchJob[] = [];
  const ends = new Map<LaunchJob, () => void>();
  return {
    jobs,
    handle: (job) =>
      new Promise((resolve) => {
        jobs.push(job);
        ends.set(job, resolve);
        // A worker that is about to drain may still get a job.
        if (job.signal.aborted) resolve();
        job.signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    finish: (job) => job !== undefined && ends.get(job)?.(),
  };
}

/** `open` makes an empty queue; `again` another client of the same one, as a second launcher has. */
export function describeLaunchQueue(
  name: string,
  open: () => Promise<{ queue: LaunchQueue; again: () => LaunchQueue }>,
): void {
  describe(`launch queue: ${name}`, () => {
    test('waits in order, a hand-off at the head, and the cap is never exceeded', async () => {
      const { queue } = await open();
      const [a, b, c, d] = launches;
      if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four launches');
      const held = hold();
      for (const launch of [a, b, c]) await queue.add(launch);
      const worker = await queue.work(1, held.handle);
      await expect.poll(() => held.jobs.length).toBe(1);
      await queue.add(d, 'head');
      expect(await queue.waiting()).toEqual([d, b, c].map((launch, index) => ({ ...launch, place: index + 1 })));
      expect(held.jobs.map((job) => job.launch)).toEqual([a]);
      held.finish(held.jobs[0]);
      await expect.poll(() => held.jobs.length).toBe(2);
      expect(held.jobs[1]?.launch).toEqual(d);
      await worker.drain();
      await queue.close();
    });

    test('adding again what waits or is active changes nothing; what has finished is added anew', async () => {
      const { queue } = await open();
      const [a] = launches;
      if (a === undefined) throw new Error('a launch');
      const held = hold();
      await queue.add(a);
      await queue.add(a);
      expect(await queue.waiting()).toHaveLength(1);
      const worker = await queue.work(2, held.handle);
      await expect.poll(() => held.jobs.length).toBe(1);
      await queue.add(a);
      expect(await queue.waiting()).toEqual([]);
      expect(await queue.has(a)).toBe(true);
      held.finish(held.jobs[0]);
      await expect.poll(async () => queue.has(a)).toBe(false);
      await queue.add(a);
      await expect.poll(() => held.jobs.length).toBe(2);
      await worker.drain();
      await queue.close();
    });

    test('a worker that drains gives its jobs back to the head, and another one takes them', async () => {
      const { queue, again } = await open();
      const [a, b] = launches;
      if (a === undefined || b === undefined) throw new Error('two launches');
      const first = hold();
      await queue.add(a);
      await queue.add(b);
      const worker = await queue.work(1, first.handle);
      await expect.poll(() => first.jobs.length).toBe(1);
      await worker.drain();
      expect(await queue.waiting()).toEqual([a, b].map((launch, index) => ({ ...launch, place: index + 1 })));
      const second = hold();
      const other = again();
      const successor = await other.work(1, second.handle);
      await expect.poll(() => second.jobs.map((job) => job.launch)).toEqual([a]);
      await successor.drain();
      await other.close();
      await queue.close();
    });
  });
}
