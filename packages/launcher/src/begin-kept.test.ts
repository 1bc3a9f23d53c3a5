import { type KeptThread, type UserKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { memoryKeptThreads } from '@runnel/shared/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { keptBeginner } from './begin-kept.ts';
import type { LauncherParts } from './run-launcher.ts';
import { acquire, ada, answerAndSleep, grace, launcherWorld, type LauncherWorld } from './testing/launcher-world.ts';

type Kept = NonNullable<LauncherParts['kept']>;
type Own = Partial<Kept> & { readonly noted?: readonly KeptThread[] };

/** Of a runner that a launcher before this one had. */
const BEFORE = '1';
/** Each look reads. */
const atOnce = { startedAt: Date.now(), firstMs: 0, everyMs: 0 };

function noteOf(user: UserKey, own: Partial<KeptThread> = {}): KeptThread {
  return { user, session: 'T0:D0:1.0', agent: 'claude', generation: BEFORE, id: `note of ${user}`, ...own };
}

async function keptWorld({ noted = [noteOf(ada)], ...own }: Own = {}) {
  const world = launcherWorld();
  const threads = memoryKeptThreads();
  for (const note of noted) await threads.note(note);
  const kept: Kept = { threads, inbox: world.delivery, ready: ['claude'], allowedUsers: [], ...atOnce, ...own };
  return { world, threads, kept, start: () => world.launcher({}, { kept }) };
}

/** A launcher's looks, one a call. */
const lookOf = (world: LauncherWorld, kept: Kept) =>
  keptBeginner({ ...kept, queue: world.queue, log: createLogger('launcher', 'silent') });

const inboxOf = async (world: LauncherWorld, user: UserKey) =>
  (await world.delivery.backlog(user)).map(({ identity, payload }) => ({ identity, ...payload }));

test('each thread that is noted gets an entry once, a runner, and is noted no more', async () => {
  const second = noteOf(grace, { session: 'T0:D0:2.0' });
  const { world, threads, start } = await keptWorld({ noted: [noteOf(ada), second] });
  start();
  await world.pod(ada);
  await world.pod(grace);
  await expect.poll(() => threads.all()).toEqual([]);
  expect(await inboxOf(world, grace)).toEqual([
    {
      identity: `kept:${second.id}`,
      v: 1,
      type: 'run_kept',
      session: second.session,
      author: 'U0GRACE',
      at: expect.any(Number),
      agent: 'claude',
    },
  ]);
});

test('launchers that start at once append one entry', async () => {
  const { world, threads, start } = await keptWorld();
  for (let n = 0; n < 4; n += 1) start();
  const pod = await world.pod(ada);
  await expect.poll(() => threads.all()).toEqual([]);
  expect(await inboxOf(world, ada)).toHaveLength(1);
  await acquire(world, pod);
  await answerAndSleep(world, pod);
  await expect.poll(() => world.queue.active()).toEqual([]);
  expect(world.backend.made).toBe(1);
});

test('one that ends between the entry and the note leaves the rest to the next, which appends nothing', async () => {
  const threads = memoryKeptThreads();
  await threads.note(noteOf(ada));
  const remove = async (): Promise<void> => {
    throw new Error('away');
  };
  const { world, kept } = await keptWorld({ noted: [] });
  const drain = world.launcher({}, { kept: { ...kept, threads: { ...threads, remove } } });
  await world.pod(ada);
  await drain();
  expect(await threads.all()).toHaveLength(1);
  world.launcher({}, { kept: { ...kept, threads } });
  await expect.poll(() => threads.all()).toEqual([]);
  expect(await inboxOf(world, ada)).toHaveLength(1);
});

test('what this one began and is refused again waits for the next start', async () => {
  const { world, threads, kept } = await keptWorld();
  const look = lookOf(world, kept);
  await look();
  expect(await world.queue.line(10), 'a launch is asked for').toHaveLength(1);
  const { generation } = await world.delivery.lease(ada);
  await threads.note(noteOf(ada, { generation, id: 'refused again' }));
  await look();
  expect(await threads.all()).toHaveLength(1);
  await lookOf(world, { ...kept, startedAt: Number(generation) + 1 })();
  expect(await threads.all()).toEqual([]);
  expect((await inboxOf(world, ada)).map(({ identity }) => identity)).toEqual([
    `kept:${noteOf(ada).id}`,
    'kept:refused again',
  ]);
});

test('launchers of a fleet of which one has a refused credential do not have it tried in turns for ever', async () => {
  const { world, threads, kept } = await keptWorld();
  const looks = [0, 1].map((later) => lookOf(world, { ...kept, startedAt: atOnce.startedAt - 1 + later }));
  let tried = 0;
  for (let round = 0; round < 10; round += 1) {
    for (const look of looks) {
      await look();
      const [entry] = await world.delivery.backlog(ada);
      if (entry === undefined) continue;
      // Whichever of them makes its runner, it is refused.
      tried += 1;
      const { generation } = await world.delivery.lease(ada);
      const holder = { user: ada, generation, owner: `pod ${tried}` };
      expect(await world.delivery.acquire(holder)).toBe('ok');
      await threads.note(noteOf(ada, { generation, id: `refused ${tried}` }));
      await world.delivery.acknowledge(holder, [entry]);
      await world.delivery.release(holder, 'idle');
    }
  }
  expect(tried).toBe(1);
  expect(await threads.all()).toHaveLength(1);
});

test('notes are read when what it replaces has gone, and again for what a runner of before notes then', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const { world, threads, kept } = await keptWorld();
  let read = 0;
  const counting = { ...threads, all: () => ((read += 1), threads.all()) };
  const look = lookOf(world, { ...kept, threads: counting, firstMs: 60_000, everyMs: 30_000 });
  const lookFor = async (ms: number): Promise<void> => {
    for (let second = 0; second < ms; second += 3_000) {
      await look();
      vi.advanceTimersByTime(3_000);
    }
  };
  await lookFor(60_000);
  expect([read, await threads.all()]).toEqual([0, [noteOf(ada)]]);
  await look();
  expect(await threads.all()).toEqual([]);
  await threads.note(noteOf(grace));
  await lookFor(30_000);
  expect([read, await threads.all()]).toEqual([1, [noteOf(grace)]]);
  await look();
  expect([read, await threads.all()]).toEqual([2, []]);
});

test('what waits for an agent without a credential goes on waiting', async () => {
  const { world, threads, start } = await keptWorld({
    noted: [noteOf(ada), noteOf(grace, { agent: 'codex' })],
    ready: ['codex'],
  });
  start();
  await world.pod(grace);
  await expect.poll(() => threads.all()).toEqual([noteOf(ada)]);
  expect(await inboxOf(world, ada)).toEqual([]);
});

test('what was kept of somebody who may not use it any more does not begin, and is noted no more', async () => {
  const { world, threads, start } = await keptWorld({
    noted: [noteOf(ada), noteOf(grace)],
    allowedUsers: ['U0GRACE'],
  });
  start();
  await world.pod(grace);
  await expect.poll(() => threads.all()).toEqual([]);
  expect(await inboxOf(world, ada)).toEqual([]);
});

test("one person's failure does not keep the others waiting, and is tried again", async () => {
  const world = launcherWorld();
  let refused = 0;
  const inbox: Kept['inbox'] = {
    enqueue: async (request) => {
      if (request.user === ada && (refused += 1) < 4) throw new Error('full');
      return world.delivery.enqueue(request);
    },
  };
  const threads = memoryKeptThreads();
  for (const user of [ada, grace]) await threads.note(noteOf(user));
  world.launcher({}, { kept: { threads, inbox, ready: ['claude'], allowedUsers: [], ...atOnce } });
  await world.pod(grace);
  await world.pod(ada);
  expect(refused).toBe(4);
  await expect.poll(() => threads.all()).toEqual([]);
});

test('of many each look takes some', async () => {
  const noted = Array.from({ length: 120 }, (_, n) => noteOf(`T0:U${n}`));
  const { world, threads, kept } = await keptWorld({ noted });
  const look = lookOf(world, kept);
  const left: number[] = [];
  for (let n = 0; n < 4; n += 1) {
    await look();
    left.push((await threads.all()).length);
  }
  expect(left).toEqual([70, 20, 0, 0]);
});
