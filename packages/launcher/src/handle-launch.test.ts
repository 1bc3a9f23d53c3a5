// How long a launch waits for its runner, and by whose clock.
import { RunnelError } from '@runnel/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  acquire,
  ada,
  grace,
  holderOf,
  launcherWorld,
  overridden,
  pass,
  stageOf,
  type LauncherWorld,
} from './testing/launcher-world.ts';

const soon = { timeout: 5_000, interval: 5 };

describe('a clock of the launcher', () => {
  test('that is ahead of that of Redis takes no runner for dead, and asks no sweep of one that lives', async () => {
    const world = launcherWorld();
    let sweeps = 0;
    const sweep: LauncherWorld['delivery']['sweep'] = async (...args) => {
      sweeps += 1;
      return world.delivery.sweep(...args);
    };
    world.skip(-3_600_000);
    world.launcher({ sweepMs: 60_000, reconcileMs: 60_000 }, { delivery: overridden(world, { sweep }) });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await expect.poll(() => stageOf(world), soon).toBe('acquired');
    const before = sweeps;
    const beating = setInterval(() => void world.delivery.renew(holderOf(pod)), 50);
    onTestFinished(() => clearInterval(beating));
    await pass(200);
    expect(sweeps).toBe(before);
    expect(world.backend.made).toBe(1);
  });

  test('that is behind gives up the place of a lease that ran out as soon as it did', async () => {
    const world = launcherWorld();
    world.skip(3_600_000);
    world.launcher({ concurrency: 1 });
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    await world.delivery.acknowledge(holderOf(pod), await world.delivery.backlog(ada));
    world.backend.vanish(pod);
    await world.write(grace);
    await world.pod(grace);
  });
});

describe('a runner that starts', () => {
  test('and hangs before it has its lease is ended, told about and started again', async () => {
    const world = launcherWorld();
    world.launcher({ startMs: 100 });
    await world.write(ada);
    const hanging = await world.pod(ada);
    const next = await world.pod(ada, [hanging]);
    expect(next.generation).not.toBe(hanging.generation);
    expect(await world.delivery.acquire(holderOf(hanging)), 'it comes to life after all').toBe('stale');
    await acquire(world, next);
    const beating = setInterval(() => void world.delivery.renew(holderOf(next)), 50);
    onTestFinished(() => clearInterval(beating));
    expect((await world.delivery.lease(ada)).failures).toBe(1);
    expect(world.posts().map((post) => post.text)).toEqual([
      expect.stringMatching(
        /^Your runner took too long to start and was ended\. I start it again (in 1 s|now); your message is kept\.$/,
      ),
    ]);
    // The time to start says nothing to a runner that has its lease.
    await expect.poll(() => stageOf(world), soon).toBe('acquired');
    await pass(150);
    expect((await world.backend.look(next.name))?.uid).toBe(next.uid);
  });

  test('while the launcher cannot look at its lease has its time from when it can', async () => {
    const world = launcherWorld();
    let isAway = false;
    let looks = 0;
    const lease: LauncherWorld['delivery']['lease'] = async (user) => {
      looks += 1;
      if (isAway) throw new Error('Connection is closed.');
      return world.delivery.lease(user);
    };
    world.launcher({ startMs: 300 }, { delivery: overridden(world, { lease }) });
    await world.write(ada);
    const pod = await world.pod(ada);
    isAway = true;
    await pass(400);
    isAway = false;
    const before = looks;
    await expect.poll(() => looks, soon).toBeGreaterThan(before + 1);
    await acquire(world, pod);
    expect((await world.delivery.lease(ada)).failures).toBe(0);
  });
});

describe('a runner that waits', () => {
  const noMachine = { code: 'unschedulable', message: '0/4 nodes are available' } as const;

  test('for a machine is told of once, and has its time to start from when it has one', async () => {
    const world = launcherWorld();
    world.launcher({ startMs: 200, troubleMs: 50 });
    await world.write(ada);
    const pod = await world.pod(ada);
    world.backend.show(pod, { stage: 'created', trouble: noMachine });
    await expect.poll(() => stageOf(world), soon).toBe('created');
    const told = expect.stringMatching(/^Your runner waits for a machine: .*; your message is kept\.$/);
    await expect.poll(() => world.posts().map((post) => post.text), soon).toEqual([told]);
    expect(world.lines(ada).at(-1)).toBe('is waiting for a machine');
    await pass(300);
    expect((await world.backend.look(pod.name))?.uid).toBe(pod.uid);
    world.backend.show(pod, { stage: 'scheduled' });
    await world.pod(ada, [pod]);
    const late = expect.stringMatching(/^Your runner took too long to start and was ended\./);
    await expect.poll(() => world.posts().map((post) => post.text), soon).toEqual([told, late]);
  });

  test('for a machine that is being started is not told of as a trouble', async () => {
    const world = launcherWorld();
    world.launcher({ startMs: 100, troubleMs: 50 });
    await world.write(ada);
    const pod = await world.pod(ada);
    world.backend.show(pod, { stage: 'created', isMachineComing: true });
    await expect.poll(() => world.lines(ada).at(-1), soon).toBe('is waiting for a machine that is being started');
    await pass(300);
    expect((await world.backend.look(pod.name))?.uid).toBe(pod.uid);
    expect(world.posts()).toEqual([]);
  });

  test('longer for a machine than anybody should is given up', async () => {
    const world = launcherWorld();
    world.launcher({ startMs: 60_000, troubleMs: 60_000, machineMs: 100 });
    await world.write(ada);
    const pod = await world.pod(ada);
    world.backend.show(pod, { stage: 'created', trouble: noMachine });
    await world.pod(ada, [pod]);
    expect((await world.delivery.lease(ada)).failures).toBe(1);
    expect(world.posts().map((post) => post.text)).toEqual([
      expect.stringMatching(/^No machine was found for your runner; /),
    ]);
  });

  test('for an image that comes after all is not told of', async () => {
    const world = launcherWorld();
    world.launcher({ troubleMs: 300 });
    await world.write(ada);
    const pod = await world.pod(ada);
    world.backend.show(pod, { stage: 'image', trouble: { code: 'image', message: 'runner: ErrImagePull' } });
    await expect.poll(() => stageOf(world), soon).toBe('image');
    world.backend.show(pod);
    await expect.poll(() => stageOf(world), soon).toBe('starting');
    await acquire(world, pod);
    await pass(400);
    expect(world.posts()).toEqual([]);
  });

  test.for(['image', 'quota', 'refused', 'configuration'] as const)(
    'for what will not come (%s) is ended, told about with a way to try again, and counted',
    async (code) => {
      const world = launcherWorld();
      world.launcher({ troubleMs: 50 });
      await world.write(ada);
      const pod = await world.pod(ada);
      world.backend.show(pod, { stage: 'scheduled', trouble: { code, message: 'said by the cluster' } });
      await expect.poll(() => world.posts(), soon).toHaveLength(1);
      expect(world.posts()[0]).toMatchObject({
        text: expect.stringMatching(/^Your runner could not be started, for .*the operator has been told\./),
        buttons: [{ action: 'retry' }],
      });
      expect((await world.delivery.lease(ada)).failures).toBe(1);
    },
  );
});

test.for(['evicted', 'preempted'] as const)(
  'a runner that was %s has its successor at once, and no failure',
  async (reason) => {
    const world = launcherWorld();
    world.launcher();
    await world.write(ada);
    const pod = await world.pod(ada);
    await acquire(world, pod);
    world.backend.finish(pod, { reason });
    await world.pod(ada, [pod]);
    expect((await world.delivery.lease(ada)).failures).toBe(0);
    await expect
      .poll(() => world.posts().map((post) => post.text), soon)
      .toEqual([
        expect.stringMatching(/^Your runner had to .* machine\. I start it again now; your message is kept\.$/),
      ]);
  },
);

test.for(['quota', 'refused', 'configuration'] as const)(
  'a pod that may not even be asked for (%s) is told of',
  async (code) => {
    const world = launcherWorld();
    world.backend.refusal = new RunnelError(code, 'said by the cluster');
    world.launcher({ reconcileMs: 60_000 });
    await world.write(ada);
    await expect.poll(() => world.posts()[0]?.text, soon).toMatch(/^Your runner could not be started, for /);
  },
);
