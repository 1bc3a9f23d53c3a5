import { runnerName } from '@runnel/shared';
import { describe, expect, test } from 'vitest';
import {
  acquire,
  ada,
  answerAndSleep,
  grace,
  holderOf,
  launcherWorld,
  linus,
  overridden,
  pass,
  stageOf,
  type LauncherWorld,
} from './testing/launcher-world.ts';

const soon = { timeout: 5_000, interval: 5 };

describe('a launch', () => {
  test('lives as long as its runner, with the stage to be seen', async () => {
    const world = launcherWorld();
    // A lease is hardly looked at while its runner runs: the end of the pod is what counts.
    world.launcher({ pollMs: { launching: 10, running: 60_000 } });
    await world.write(ada);
    const pod = await world.pod(ada);
    await expect.poll(() => stageOf(world), soon).toBe('starting');
    await acquire(world, pod);
    await expect.poll(() => stageOf(world), soon).toBe('acquired');
    await answerAndSleep(world, pod);
    await expect.poll(() => world.queue.active(), soon).toEqual([]);
    expect(world.backend.made).toBe(1);
    expect(world.posts()).toEqual([]);
    expect(world.lines(ada)).toEqual(['is starting your runner']);
  });

  test('that nobody was told of is found by the sweeper', async () => {
    const world = launcherWorld();
    world.launcher();
    await world.write(ada, false);
    await world.pod(ada);
  });

  test('makes one pod, however many launchers there are', async () => {
    const world = launcherWorld();
    for (let n = 0; n < 4; n += 1) world.launcher();
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await answerAndSleep(world, pod);
    await expect.poll(() => world.queue.active(), soon).toEqual([]);
    expect(world.backend.made).toBe(1);
  });

  test('has its place in the queue safe before its pod is made', async () => {
    const world = launcherWorld();
    const order: string[] = [];
    const delivery = overridden(world, {
      settle: async () => void order.push(`settled before pod ${world.backend.made + 1}`),
    });
    world.launcher({}, { delivery });
    await world.write(ada);
    await world.pod(ada);
    expect(order).toEqual(['settled before pod 1']);
  });

  test('whose place is not safe makes no pod, and tells nobody that it failed', async () => {
    const world = launcherWorld();
    let attempts = 0;
    const settle = async (): Promise<void> => {
      if ((attempts += 1) < 5) throw new Error('no replica');
      expect(world.backend.made).toBe(0);
    };
    world.launcher({}, { delivery: overridden(world, { settle }) });
    await world.write(ada);
    await world.pod(ada);
    expect(world.posts()).toEqual([]);
    expect((await world.delivery.lease(ada)).failures).toBe(0);
  });

  test('of a generation that is over is finished without a pod', async () => {
    const world = launcherWorld();
    await world.queue.add({ user: ada, generation: '1' });
    world.launcher();
    await expect.poll(async () => world.queue.has({ user: ada, generation: '1' }), soon).toBe(false);
    expect(world.backend.made).toBe(0);
  });

  test('goes on where Redis stopped answering, and neither ends nor starts anything meanwhile', async () => {
    const world = launcherWorld();
    let isAway = false;
    const lease: LauncherWorld['delivery']['lease'] = async (user) => {
      if (isAway) throw new Error('Connection is closed.');
      return world.delivery.lease(user);
    };
    world.launcher({}, { delivery: overridden(world, { lease }) });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    isAway = true;
    await pass(100);
    isAway = false;
    expect((await world.delivery.lease(ada)).failures).toBe(0);
    await answerAndSleep(world, pod);
    await expect.poll(() => world.queue.active(), soon).toEqual([]);
    expect(world.backend.made).toBe(1);
  });
});

describe('a pod that has the name already', () => {
  test('is adopted when it is of the same generation', async () => {
    const world = launcherWorld();
    await world.write(ada);
    const { generation } = await world.delivery.lease(ada);
    const { pod } = await world.backend.create({ user: ada, generation, name: runnerName(ada) });
    world.launcher();
    await expect.poll(() => stageOf(world), soon).toBe('starting');
    await acquire(world, pod);
    await answerAndSleep(world, pod);
    await expect.poll(() => world.queue.active(), soon).toEqual([]);
    expect(world.backend.made).toBe(1);
  });

  test.for([
    { exitCode: 1, failures: 1 },
    { exitCode: 0, failures: 0 },
    { exitCode: 75, failures: 0 },
  ])('and has ended with $exitCode is told to its lease, never made again', async ({ exitCode, failures }) => {
    const world = launcherWorld();
    await world.write(ada);
    const { generation } = await world.delivery.lease(ada);
    const { pod } = await world.backend.create({ user: ada, generation, name: runnerName(ada) });
    world.backend.finish(pod, { reason: 'exited', exitCode });
    world.launcher();
    const next = await world.pod(ada, [pod]);
    expect(next.generation).not.toBe(generation);
    expect((await world.delivery.lease(ada)).failures).toBe(failures);
  });

  test('of an older generation is given its grace, then removed', async () => {
    const world = launcherWorld();
    const { pod: old } = await world.backend.create({ user: ada, generation: '1', name: runnerName(ada) });
    // Without the reconciler, which would find it too.
    world.launcher({ reconcileMs: 60_000 });
    const started = performance.now();
    await world.write(ada);
    await expect.poll(() => stageOf(world), soon).toBe('replacing');
    await world.pod(ada, [old]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(150);
  });

  test('of an older generation and ended makes way at once', async () => {
    const world = launcherWorld();
    const { pod: old } = await world.backend.create({ user: ada, generation: '1', name: runnerName(ada) });
    world.backend.finish(old, { reason: 'exited', exitCode: 0 });
    world.launcher({ graceMs: 60_000 });
    await world.write(ada);
    await world.pod(ada, [old]);
  });
});

describe('a runner that fails', () => {
  test('is told about once, in the thread, and started again after the pause', async () => {
    const world = launcherWorld();
    for (let n = 0; n < 3; n += 1) world.launcher();
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    world.backend.finish(pod, { reason: 'memory' });
    const next = await world.pod(ada, [pod]);
    expect(world.posts().map((post) => [post.thread.threadTs, post.kind, post.text])).toEqual([
      [
        'U0ADA',
        'notice',
        // Whoever is late in telling it finds the pause over.
        expect.stringMatching(
          /^Your runner ran out of its 2 GiB of memory and was ended\. I start it again (in 1 s|now); your message is kept\.$/,
        ),
      ],
    ]);
    await acquire(world, next);
    await answerAndSleep(world, next);
    await expect.poll(() => world.queue.active(), soon).toEqual([]);
    expect(world.posts()).toHaveLength(1);
  });

  test('is told about by the sweeper when whoever saw the end died before it could', async () => {
    const world = launcherWorld();
    await world.write(ada);
    const { generation } = await world.delivery.lease(ada);
    await world.delivery.end({ user: ada, generation, owner: '', cause: 'crash', counted: true });
    world.launcher();
    await expect.poll(() => world.posts().map((post) => post.deliveryId), soon).toEqual([`${generation}-crash`]);
    await expect.poll(async () => (await world.delivery.sweep(ada)).untold, soon).toBeUndefined();
  });

  test('with nothing waiting is not worth a word', async () => {
    const world = launcherWorld();
    world.launcher();
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await world.delivery.acknowledge(holderOf(pod), await world.delivery.backlog(ada));
    world.backend.finish(pod, { reason: 'killed' });
    await expect.poll(() => world.queue.active(), soon).toEqual([]);
    expect((await world.delivery.lease(ada)).failures).toBe(1);
    await pass(100);
    expect(world.posts()).toEqual([]);
  });

  test('at its start fails the job, and the person reads it once each time', async () => {
    const world = launcherWorld();
    world.backend.refusal = new Error('no space left');
    world.launcher();
    await world.write(ada);
    await expect
      .poll(() => world.posts().map((post) => post.text), soon)
      .toEqual([expect.stringMatching(/^Your runner could not be started\. I start it again/)]);
    world.backend.refusal = undefined;
    await world.pod(ada);
    expect(world.posts()).toHaveLength(1);
  });

  test('again and again is told about until the starts are far apart, then no more', async () => {
    const world = launcherWorld();
    world.launcher();
    await world.write(ada);
    const failed = [];
    for (let n = 0; n < 4; n += 1) {
      const pod = await world.pod(ada, failed);
      await acquire(world, pod);
      world.backend.finish(pod, { reason: 'exited', exitCode: 1 });
      failed.push(pod);
    }
    await expect.poll(() => world.posts().length, soon).toBe(4);
    expect(world.posts().at(-1)?.text).toBe(
      'Your runner ended unexpectedly. That was 4 times in a row, so from now on I try once every 60 s; your message is kept.',
    );
    world.skip(60_000);
    const fifth = await world.pod(ada, failed);
    await acquire(world, fifth);
    world.backend.finish(fifth, { reason: 'exited', exitCode: 1 });
    await expect.poll(async () => (await world.delivery.lease(ada)).failures, soon).toBe(5);
    world.backend.refusal = new Error('no space left');
    world.skip(60_000);
    await expect.poll(async () => (await world.delivery.lease(ada)).failures, soon).toBe(6);
    await pass(100);
    expect(world.posts()).toHaveLength(4);
  });
});

describe('a runner that goes', () => {
  test('by drain hands over to a successor that nobody in the queue is before', async () => {
    const world = launcherWorld();
    world.launcher({ concurrency: 1 });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await world.write(grace);
    expect((await world.delivery.release(holderOf(pod), 'drain')).kind).toBe('handoff');
    world.backend.finish(pod, { reason: 'exited', exitCode: 0 });
    const next = await world.pod(ada, [pod]);
    expect(await world.backend.look(runnerName(grace))).toBeUndefined();
    await acquire(world, next);
    await answerAndSleep(world, next);
    await world.pod(grace);
  });

  test('keeps its place in the fleet until its pod is gone, which is seen to after the grace', async () => {
    const world = launcherWorld();
    world.launcher({ concurrency: 1, reconcileMs: 60_000 });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await world.write(grace);
    await world.delivery.acknowledge(holderOf(pod), await world.delivery.backlog(ada));
    await world.delivery.release(holderOf(pod), 'idle');
    const released = performance.now();
    await world.pod(grace);
    expect(performance.now() - released).toBeGreaterThanOrEqual(150);
    expect(await world.backend.look(pod.name)).toBeUndefined();
  });

  test('without being seen to end leaves its lease to expire, and has no successor before', async () => {
    const world = launcherWorld();
    world.launcher();
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    const acquired = performance.now();
    world.backend.vanish(pod);
    await world.pod(ada, [pod]);
    expect(performance.now() - acquired).toBeGreaterThanOrEqual(290);
  });

  test('without being seen to end, with nothing left to do, gives its place up when the lease has expired', async () => {
    const world = launcherWorld();
    world.launcher({ concurrency: 1 });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    const acquired = performance.now();
    await world.delivery.acknowledge(holderOf(pod), await world.delivery.backlog(ada));
    world.backend.vanish(pod);
    await world.write(grace);
    await world.pod(grace);
    expect(performance.now() - acquired).toBeGreaterThanOrEqual(290);
  });
});

describe('a launcher that drains', () => {
  test('gives its jobs back in their order and leaves the runners alone', async () => {
    const world = launcherWorld();
    const drain = world.launcher({ concurrency: 1 });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await world.write(grace);
    await drain();
    expect((await world.queue.waiting()).map((one) => one.user)).toEqual([ada, grace]);
    expect((await world.backend.look(pod.name))?.end).toBeUndefined();
    world.launcher({ concurrency: 1 });
    await expect.poll(() => stageOf(world), soon).toBe('acquired');
    expect(world.backend.made).toBe(1);
  });
});

describe('the reconciler', () => {
  test('ends a pod without a lease on the second look, not on the first', async () => {
    const world = launcherWorld();
    const { pod } = await world.backend.create({ user: ada, generation: '1', name: runnerName(ada) });
    const stray = await world.backend.look(pod.name);
    world.launcher({ reconcileMs: 100 });
    await pass(50);
    expect((await world.backend.look(pod.name))?.end).toBeUndefined();
    await expect.poll(async () => (await world.backend.look(pod.name))?.end, soon).toMatchObject({ owner: stray?.uid });
  });

  test('never touches a live runner, nor judges from a list that failed', async () => {
    const world = launcherWorld();
    world.launcher({ reconcileMs: 10 });
    await world.write(ada);
    const pod = await world.pod(ada);
    const beating = setInterval(() => void world.delivery.renew(holderOf(pod)), 50);
    await acquire(world, pod);
    world.backend.refusal = new Error('the list is not there');
    await pass(200);
    world.backend.refusal = undefined;
    await pass(400);
    clearInterval(beating);
    expect((await world.backend.look(pod.name))?.end).toBeUndefined();
    expect(world.backend.made).toBe(1);
  });

  test('gives a live runner without a job one, before everybody who waits', async () => {
    const world = launcherWorld();
    await world.write(ada, false);
    const { generation } = await world.delivery.lease(ada);
    const { pod } = await world.backend.create({ user: ada, generation, name: runnerName(ada) });
    await acquire(world, pod);
    await world.write(grace);
    await world.write(linus);
    // A fleet that may have nobody: all of them wait.
    world.launcher({ concurrency: 0 });
    await expect
      .poll(async () => (await world.queue.waiting()).map((one) => one.user), soon)
      .toEqual([ada, grace, linus]);
  });
});
