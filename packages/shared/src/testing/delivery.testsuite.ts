// The contract of inbox and lease: every adapter runs it.
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../delivery.ts';
import type { Entry, EntryPayload, PromptPayload } from '../entry.ts';
import type { Holder } from '../lease.ts';
import type { DeliverySettings } from '../redis/redis-delivery.ts';
import type { UserKey } from '../user-key.ts';

export const deliveryTestSettings: DeliverySettings = {
  leaseMs: 1_000,
  seenMs: 60_000,
  maxBacklog: 3,
  backoffMs: 50,
  backoffCapMs: 200,
  circuitAfter: 4,
  circuitMs: 60_000,
  takeBacks: 2,
  replicas: 0,
  waitMs: 500,
};

export type DeliveryWorld = {
  delivery: Delivery;
  /** Returns once the adapter's own clock has moved on by so much. */
  pass: (ms: number) => Promise<void>;
};

let people = 0;

type Story = DeliveryWorld & { user: UserKey };

/** `open` makes a world of `deliveryTestSettings`; people of different tests never meet. */
export function describeDelivery(name: string, open: () => Promise<DeliveryWorld>): void {
  const story = (title: string, tell: (story: Story) => Promise<void>): void => {
    test(title, async () => tell({ ...(await open()), user: `T0:U${(people += 1)}` }));
  };
  describe(`delivery: ${name}`, () => {
    describeEnqueue(story);
    describeLease(story);
    describeTurns(story);
    describeEnds(story);
    describeSweep(story);
    describeAwake(story);
  });
}

type Tell = (title: string, tell: (story: Story) => Promise<void>) => void;

export function promptOf(text: string): PromptPayload {
  return { v: 1, type: 'prompt', session: 'T0:D0:1.0', author: 'U1', at: 1, ts: '1.0', text, fileNames: [] };
}
const stop: EntryPayload = { v: 1, type: 'stop', session: 'T0:D0:1.0', author: 'U1', at: 1 };

function describeEnqueue(story: Tell): void {
  story(
    'the first message wakes, and every further one says the same wake until a runner has come',
    async ({ delivery, user }) => {
      const first = await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
      const second = await delivery.enqueue({ user, identity: 'b', payload: promptOf('two') });
      expect(first).toMatchObject({ verdict: 'queued', hint: { kind: 'wake' } });
      expect(second.hint).toEqual(first.hint);
      expect((await delivery.backlog(user)).map((entry) => entry.identity)).toEqual(['a', 'b']);
    },
  );

  story(
    'a message that was seen is a duplicate, and still says the wake that may have been lost',
    async ({ delivery, user }) => {
      const first = await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
      const again = await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
      expect(again).toEqual({ verdict: 'duplicate', entryId: first.entryId, hint: first.hint });
      expect(await delivery.backlog(user)).toHaveLength(1);
      expect(await delivery.seen(user, 'a')).toBe(true);
      expect(await delivery.seen(user, 'b')).toBe(false);
    },
  );

  story('a full inbox refuses prompts and lets control entries pass', async ({ delivery, user }) => {
    for (const identity of ['a', 'b', 'c']) await delivery.enqueue({ user, identity, payload: promptOf(identity) });
    expect(await delivery.enqueue({ user, identity: 'd', payload: promptOf('d') })).toMatchObject({ verdict: 'full' });
    expect(await delivery.enqueue({ user, identity: 'e', payload: stop })).toMatchObject({ verdict: 'queued' });
    expect(await delivery.seen(user, 'd')).toBe(false);
  });

  story('nobody is woken for a message whose runner lives', async (world) => {
    await awake(world);
    expect((await world.delivery.enqueue({ user: world.user, identity: 'b', payload: promptOf('two') })).hint).toEqual({
      kind: 'none',
    });
  });

  story('a lease past its deadline is replaced by the next message', async (world) => {
    const holder = await awake(world);
    await world.pass(deliveryTestSettings.leaseMs + 50);
    const { hint } = await world.delivery.enqueue({ user: world.user, identity: 'b', payload: promptOf('two') });
    expect(hint).toMatchObject({ kind: 'wake' });
    expect(hint).not.toMatchObject({ generation: holder.generation });
  });

  story('a duplicate of an answered message wakes nobody', async (world) => {
    const holder = await awake(world);
    await world.delivery.acknowledge(holder, await world.delivery.backlog(world.user));
    await world.delivery.release(holder, 'idle');
    expect((await world.delivery.enqueue({ user: world.user, identity: 'a', payload: promptOf('one') })).hint).toEqual({
      kind: 'none',
    });
  });
}

function describeLease(story: Tell): void {
  story('only the generation that was launched acquires', async ({ delivery, user }) => {
    const { hint } = await delivery.enqueue({ user, identity: 'a', payload: promptOf('one') });
    const generation = hint.kind === 'wake' ? hint.generation : '';
    expect(await delivery.acquire({ user, generation: '1', owner: 'p' })).toBe('stale');
    expect(await delivery.acquire({ user, generation, owner: 'p' })).toBe('ok');
    expect(await delivery.acquire({ user, generation, owner: 'p' }), 'its answer was lost').toBe('ok');
    expect(await delivery.acquire({ user, generation, owner: 'q' }), 'a second pod of the launch').toBe('busy');
  });

  story('who is not the owner is fenced off from every verb', async (world) => {
    const holder = await awake(world);
    const [entry] = await world.delivery.backlog(world.user);
    for (const other of [
      { ...holder, owner: 'zombie' },
      { ...holder, generation: '1' },
    ]) {
      await expectFenced(world.delivery, other, entry);
    }
    expect(await world.delivery.renew(holder)).toBe('ok');
  });

  story('an expired lease fences off its own holder', async (world) => {
    const holder = await awake(world);
    const [entry] = await world.delivery.backlog(world.user);
    await world.pass(deliveryTestSettings.leaseMs + 50);
    await expectFenced(world.delivery, holder, entry);
  });

  story('renewing keeps a lease alive past its first deadline', async (world) => {
    const holder = await awake(world);
    for (let n = 0; n < 5; n += 1) {
      await world.pass(deliveryTestSettings.leaseMs / 4);
      expect(await world.delivery.renew(holder)).toBe('ok');
    }
    expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'running', owner: holder.owner });
  });
}

function describeTurns(story: Tell): void {
  story('a try is counted once a generation, and an entry that is gone is not begun', async (world) => {
    const holder = await awake(world);
    const entry = await firstEntry(world);
    expect(await world.delivery.begin(holder, entry)).toEqual({ kind: 'try', n: 1 });
    expect(await world.delivery.begin(holder, entry)).toEqual({ kind: 'try', n: 1 });
    expect(await world.delivery.tries(world.user, entry.id)).toBe(1);
    expect(await world.delivery.begin(holder, { ...entry, identity: 'other' })).toEqual({ kind: 'gone' });
    await world.delivery.acknowledge(holder, [entry]);
    expect(await world.delivery.begin(holder, entry)).toEqual({ kind: 'gone' });
  });

  story('acknowledging leaves alone an id that carries another identity', async (world) => {
    const holder = await awake(world);
    const entry = await firstEntry(world);
    expect(await world.delivery.acknowledge(holder, [{ ...entry, identity: 'other' }])).toBe('ok');
    expect(await world.delivery.backlog(world.user)).toHaveLength(1);
  });

  story('an idle release waits for an empty inbox', async (world) => {
    const holder = await awake(world);
    expect(await world.delivery.release(holder, 'idle')).toEqual({ kind: 'busy', backlog: 1 });
    await world.delivery.acknowledge(holder, await world.delivery.backlog(world.user));
    expect(await world.delivery.release(holder, 'idle')).toEqual({ kind: 'released' });
    expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'idle' });
  });

  story('a drain hands the backlog to the next generation and takes its open tries back', async (world) => {
    const holder = await awake(world);
    const entry = await firstEntry(world);
    await world.delivery.begin(holder, entry);
    const answer = await world.delivery.release(holder, 'drain');
    expect(answer.kind).toBe('handoff');
    expect(await world.delivery.tries(world.user, entry.id)).toBe(0);
    const next = { ...holder, generation: answer.kind === 'handoff' ? answer.generation : '', owner: 'next' };
    expect(await world.delivery.acquire(next)).toBe('ok');
    expect(await world.delivery.begin(next, entry)).toEqual({ kind: 'try', n: 1 });
  });

  const takenAway: Record<string, (delivery: Delivery, holder: Holder) => Promise<unknown>> = {
    drained: (delivery, holder) => delivery.release(holder, 'drain'),
    'taken away': (delivery, holder) => delivery.end({ ...holder, cause: 'evicted', counted: false }),
  };
  for (const [how, takeAway] of Object.entries(takenAway)) {
    story(`a message whose runner is ${how} time and again counts as tried in the end`, async (world) => {
      const { delivery, user } = world;
      let holder = await awake(world);
      const entry = await firstEntry(world);
      const tries: number[] = [];
      for (let life = 0; life < deliveryTestSettings.takeBacks + 2; life += 1) {
        await delivery.begin(holder, entry);
        await takeAway(delivery, holder);
        tries.push(await delivery.tries(user, entry.id));
        holder = await acquireWoken(world);
      }
      expect(tries).toEqual([0, 0, 1, 2]);
      // Of the next one nothing counts yet.
      await delivery.acknowledge(holder, [entry]);
      await delivery.enqueue({ user, identity: 'b', payload: promptOf('two') });
      const next = await firstEntry(world);
      await delivery.begin(holder, next);
      await takeAway(delivery, holder);
      expect(await delivery.tries(user, next.id)).toBe(0);
    });
  }

  story('who is forgotten keeps inbox and lease, and whoever lost the lease forgets nobody', async (world) => {
    const holder = await awake(world);
    const entries = await world.delivery.backlog(world.user);
    expect(await world.delivery.forget({ ...holder, owner: 'another' })).toBe('lost');
    expect(await world.delivery.forget(holder)).toBe('ok');
    expect(await world.delivery.backlog(world.user)).toEqual(entries);
    expect(await world.delivery.renew(holder)).toBe('ok');
    await world.pass(deliveryTestSettings.leaseMs + 30);
    expect(await world.delivery.forget(holder)).toBe('lost');
  });

  story('reading goes on behind the last id', async (world) => {
    await awake(world);
    const [first] = await world.delivery.next(world.user, '0', 50);
    await world.delivery.enqueue({ user: world.user, identity: 'b', payload: promptOf('two') });
    const rest = await world.delivery.next(world.user, first?.id ?? '', 50);
    expect(rest.map((entry) => entry.identity)).toEqual(['b']);
  });
}

function describeEnds(story: Tell): void {
  story('a counted end backs off, doubling, and the first acknowledgement forgets it', async (world) => {
    const { delivery, user } = world;
    let holder = await awake(world);
    const first = await delivery.end({ ...holder, cause: 'crash', counted: true });
    expect(first).toMatchObject({ kind: 'ended', hint: { kind: 'waits' }, circuitOpen: false });
    expect(await delivery.sweep(user)).toMatchObject({
      kind: 'waits',
      untold: { generation: holder.generation, cause: 'crash' },
    });
    await world.pass(deliveryTestSettings.backoffMs + 30);
    holder = await relaunch(world);
    await delivery.end({ ...holder, cause: 'crash', counted: true });
    expect(await delivery.lease(user)).toMatchObject({ failures: 2 });
    await world.pass(2 * deliveryTestSettings.backoffMs + 30);
    holder = await relaunch(world);
    await delivery.acknowledge(holder, await delivery.backlog(user));
    expect(await delivery.lease(user)).toMatchObject({ failures: 0, notBefore: 0 });
  });

  story('a lease comes with the time of the clock that its moments are of', async (world) => {
    const { delivery, user } = world;
    const holder = await awake(world);
    const running = await delivery.lease(user);
    expect(running.deadline - running.now).toBeLessThanOrEqual(deliveryTestSettings.leaseMs);
    expect(running.deadline).toBeGreaterThan(running.now);
    await world.pass(deliveryTestSettings.leaseMs + 30);
    const expired = await delivery.lease(user);
    expect(expired).toMatchObject({ state: 'running', owner: holder.owner, deadline: running.deadline });
    expect(expired.now).toBeGreaterThan(expired.deadline);
  });

  story('an uncounted end takes its tries back and wakes a successor at once', async (world) => {
    const holder = await awake(world);
    const entry = await firstEntry(world);
    await world.delivery.begin(holder, entry);
    const answer = await world.delivery.end({ ...holder, cause: '', counted: false });
    expect(answer).toMatchObject({ kind: 'ended', hint: { kind: 'wake' } });
    expect(await world.delivery.tries(world.user, entry.id)).toBe(0);
  });

  story('the end of somebody who is not the owner changes nothing', async (world) => {
    const holder = await awake(world);
    expect(await world.delivery.end({ ...holder, owner: 'twin', cause: 'crash', counted: true })).toEqual({
      kind: 'stale',
      hint: { kind: 'none' },
    });
    expect(await world.delivery.renew(holder)).toBe('ok');
  });

  story('enough failures in a row open the circuit, and reopening forgets them', async (world) => {
    const { delivery, user } = world;
    let holder = await awake(world);
    for (let n = 1; n < deliveryTestSettings.circuitAfter; n += 1) {
      expect(await delivery.end({ ...holder, cause: '', counted: true })).toMatchObject({ circuitOpen: false });
      const hint = await delivery.reopen(user);
      expect(hint.kind).toBe('wake');
      // Reopening forgets; the failures of this story are brought back by ending again, so count them here.
      if (n === 1) expect(await delivery.lease(user)).toMatchObject({ failures: 0 });
      holder = await acquireWoken(world);
    }
    await openCircuit(world, holder);
  });
}

async function openCircuit(world: Story, first: Holder): Promise<void> {
  let holder = first;
  for (let n = 1; n <= deliveryTestSettings.circuitAfter; n += 1) {
    const answer = await world.delivery.end({ ...holder, cause: '', counted: true });
    expect(answer).toMatchObject({ circuitOpen: n === deliveryTestSettings.circuitAfter });
    if (n === deliveryTestSettings.circuitAfter) return;
    await world.pass(deliveryTestSettings.backoffCapMs + 30);
    holder = await relaunch(world);
  }
}

function describeAwake(story: Tell): void {
  story('a runner is kept awake until then, or until it is taken back', async ({ delivery, user, pass }) => {
    expect(await delivery.keptAwakeMs(user)).toBe(0);
    await delivery.keepAwake(user, 60_000);
    expect(await delivery.keptAwakeMs(user)).toSatisfy((ms: number) => ms > 0 && ms <= 60_000);
    await delivery.keepAwake(user, 0);
    expect(await delivery.keptAwakeMs(user)).toBe(0);
    await delivery.keepAwake(user, 20);
    await pass(30);
    expect(await delivery.keptAwakeMs(user)).toBe(0);
  });
}

function describeSweep(story: Tell): void {
  story('a live runner is left alone, an expired one is replaced, an empty inbox is unmarked', async (world) => {
    const { delivery, user } = world;
    const holder = await awake(world);
    expect(await delivery.sweep(user)).toMatchObject({ kind: 'live' });
    expect(await delivery.dirtyUsers()).toContain(user);
    await world.pass(deliveryTestSettings.leaseMs + 50);
    const answer = await delivery.sweep(user);
    expect(answer.kind).toBe('wake');
    expect(await delivery.sweep(user), 'the wake may be lost: it is said again').toEqual(answer);
    expect(await delivery.acquire(holder)).toBe('stale');
    const next = await acquireWoken(world);
    await delivery.acknowledge(next, await delivery.backlog(user));
    await delivery.release(next, 'idle');
    expect(await delivery.sweep(user)).toEqual({ kind: 'clean', hint: { kind: 'none' } });
    expect(await delivery.dirtyUsers()).not.toContain(user);
  });

  story('a cause is handed out until it is marked as told, and only that one is marked', async (world) => {
    const { delivery, user } = world;
    const holder = await awake(world);
    await delivery.end({ ...holder, cause: 'memory', counted: true });
    const untold = { generation: holder.generation, cause: 'memory' };
    expect((await delivery.sweep(user)).untold).toEqual(untold);
    expect((await delivery.sweep(user, { ...untold, generation: '1' })).untold).toEqual(untold);
    expect((await delivery.sweep(user, untold)).untold).toBeUndefined();
  });
}

async function expectFenced(delivery: Delivery, holder: Holder, entry: Entry | undefined): Promise<void> {
  if (entry === undefined) throw new Error('the story needs an entry');
  expect(await delivery.begin(holder, entry)).toEqual({ kind: 'lost' });
  expect(await delivery.acknowledge(holder, [entry])).toBe('lost');
  expect(await delivery.renew(holder)).toBe('lost');
  expect(await delivery.release(holder, 'idle')).toEqual({ kind: 'lost' });
  expect(await delivery.release(holder, 'drain')).toEqual({ kind: 'lost' });
  expect(await delivery.backlog(holder.user)).toHaveLength(1);
}

/** One message, and a runner that has acquired. */
async function awake(world: Story): Promise<Holder> {
  await world.delivery.enqueue({ user: world.user, identity: 'a', payload: promptOf('one') });
  return acquireWoken(world);
}

async function relaunch(world: Story): Promise<Holder> {
  expect(await world.delivery.sweep(world.user)).toMatchObject({ kind: 'wake' });
  return acquireWoken(world);
}

async function acquireWoken({ delivery, user }: Story): Promise<Holder> {
  const { generation } = await delivery.lease(user);
  const holder = { user, generation, owner: `pod-${generation}` };
  expect(await delivery.acquire(holder)).toBe('ok');
  return holder;
}

async function firstEntry({ delivery, user }: Story): Promise<Entry> {
  const [entry] = await delivery.backlog(user);
  if (entry === undefined) throw new Error('the story needs an entry');
  return entry;
}
