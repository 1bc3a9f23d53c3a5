// The contract of the launch queue: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { LaunchJob, LaunchQueue } from '../launch-queue.ts';
import { launchName, type Launch } from '../lease.ts';
import { runnerName } from '../user-key.ts';

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

    test('the line is the names of who waits, in their order, and a name leads to its launch', async () => {
      const { queue } = await open();
      const [a, b, c, d] = launches;
      if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('four launches');
      for (const launch of [a, b, c]) await queue.add(launch);
      await queue.add(d, 'head');
      const names = [d, a, b, c].map((launch) => launchName(launch, runnerName));
      expect(await queue.line(10)).toEqual(names);
      expect(await queue.line(2)).toEqual(names.slice(0, 2));
      expect(await Promise.all(names.map((one) => queue.find(one)))).toEqual([d, a, b, c]);
      expect(await queue.find('runner-nobody-1')).toBeUndefined();
      const held = hold();
      const worker = await queue.work(3, held.handle);
      await expect.poll(() => held.jobs.length).toBe(3);
      expect(await queue.line(10)).toEqual(names.slice(3));
      await worker.drain();
      await queue.close();
    });

    test('the stage of a launch is read by everybody, after its end too; a worker that drains takes no jobs', async () => {
      const { queue, again } = await open();
      const [a] = launches;
      if (a === undefined) throw new Error('a launch');
      const other = again();
      const held = hold();
      await queue.add(a);
      expect(await other.stage(a)).toBeUndefined();
      const worker = await queue.work(1, held.handle);
      expect(worker.isRunning()).toBe(true);
      await expect.poll(() => held.jobs.length).toBe(1);
      await held.jobs[0]?.progress({ stage: 'looking', since: 1 });
      expect(await other.stage(a)).toEqual({ stage: 'looking', since: 1 });
      const starting = { stage: 'starting', since: 2, before: [{ stage: 'looking', since: 1 }] };
      await held.jobs[0]?.progress(starting);
      held.finish(held.jobs[0]);
      await expect.poll(() => queue.has(a)).toBe(false);
      expect(await other.stage(a)).toEqual(starting);
      await worker.drain();
      expect(worker.isRunning()).toBe(false);
      await other.close();
      await queue.close();
    });

    test('one at a time tells places: the next one follows when the last has not asked again', async () => {
      const { queue, again } = await open();
      const other = again();
      expect(await queue.tellsPlaces('first', 60_000)).toBe(true);
      expect(await other.tellsPlaces('second', 60_000)).toBe(false);
      expect(await queue.tellsPlaces('first', 200)).toBe(true);
      await expect.poll(() => other.tellsPlaces('second', 60_000)).toBe(true);
      expect(await queue.tellsPlaces('first', 200)).toBe(false);
      await other.close();
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
