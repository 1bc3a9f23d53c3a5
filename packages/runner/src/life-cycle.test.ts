// How a runner's life goes and ends: tries, sleep, hand-over, loss of the lease.
import { setTimeout as pause } from 'node:timers/promises';
import { processEventTransport, type Envelope } from '@runnel/shared';
import { exitCode } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, readerOf, runnerWorld, settings, until } from './testing/runner-world.ts';

test('after three tries a message is set aside with a word, and the next one is answered', async () => {
  const world = await runnerWorld();
  await world.say('deadly');
  await world.say('next');
  const tried: number[] = [];
  for (let n = 1; n <= 3; n += 1) {
    const began = gate();
    await world.start(scriptedProvider(() => (tried.push(n), began.open(), [{ wait: gate().passed }])));
    await began.passed;
    await world.relaunch();
  }
  await world.start(echo);
  await emptied(world);
  expect(tried).toEqual([1, 2, 3]);
  expect(world.read()).toEqual([expect.stringContaining('ended its runner three times'), 'next']);
  expect(world.delivery.dead(world.user)).toEqual([
    {
      entry: expect.objectContaining({ payload: expect.objectContaining({ text: 'deadly' }) }),
      cause: 'too_many_tries',
    },
  ]);
});

test('an entry on its third try waits to be alone, and its try is not counted before', async () => {
  const world = await runnerWorld();
  await world.say('deadly', '1');
  const [entry] = await world.delivery.backlog(world.user);
  for (let n = 1; n <= 2; n += 1) {
    const began = gate();
    await world.start(scriptedProvider(() => (began.open(), [{ wait: gate().passed }])));
    await began.passed;
    await world.relaunch();
  }
  const [long, longBegan, peeked] = [gate(), gate(), gate()];
  const running = new Set<string>();
  const beside: string[] = [];
  await world.say('long', '2');
  const provider = scriptedProvider(({ text }) => {
    beside.push([...running.add(text)].join('+'));
    if (text === 'long') longBegan.open();
    const done = (text === 'long' ? long.passed : Promise.resolve()).then(() => running.delete(text));
    return [{ wait: done }, { say: text }];
  });
  await world.start(provider, {
    delivery: {
      ...readerOf(world.delivery),
      async tries(user, id) {
        if (id === entry?.id) await longBegan.passed.then(peeked.open);
        return world.delivery.tries(user, id);
      },
    },
  });
  await peeked.passed;
  await world.say('later', '3');
  await until(() => expect(world.status.marked('queued')).toHaveLength(2));
  expect(await world.delivery.tries(world.user, entry?.id ?? '')).toBe(2);
  long.open();
  await emptied(world);
  expect(beside).toEqual(['long', 'deadly', 'later']);
});

test('three drains of a long healthy turn are no tries', async () => {
  const world = await runnerWorld();
  await world.say('long');
  for (let n = 1; n <= 4; n += 1) {
    const began = gate();
    const life = await world.start(scriptedProvider(() => (began.open(), [{ wait: gate().passed }])));
    await began.passed;
    life.drain();
    expect(await life.end).toBe(exitCode.ok);
    expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'launching' });
  }
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['long']);
});

test('it sleeps after the idle timeout, counted from the end of the last activity, and says so once in the threads it served', async () => {
  const world = await runnerWorld();
  await world.say('one', '1');
  let answeredAt = Infinity;
  const life = await world.start(
    scriptedProvider(({ text }) => [{ wait: new Promise((resolve) => setTimeout(resolve, 300)) }, { say: text }]),
    {
      idleTimeoutMs: 200,
      delivery: {
        ...readerOf(world.delivery),
        async acknowledge(...args) {
          answeredAt = performance.now();
          return world.delivery.acknowledge(...args);
        },
      },
    },
  );
  expect(await life.end).toBe(exitCode.ok);
  expect(performance.now() - answeredAt).toBeGreaterThan(180);
  expect(world.read('1')).toEqual(['one', 'Saved. Write to wake me.']);
  expect(world.read('2')).toEqual([]);
  expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'idle' });
});

test('kept awake it stays until then, or until that is taken back', async () => {
  const world = await runnerWorld();
  await world.say('one');
  const asked: number[] = [];
  const life = await world.start(echo, {
    idleTimeoutMs: 50,
    delivery: {
      ...readerOf(world.delivery),
      async keptAwakeMs() {
        asked.push(performance.now());
        return asked.length < 3 ? 60_000 : 0;
      },
    },
  });
  expect(await life.end).toBe(exitCode.ok);
  expect(asked).toHaveLength(3);
  expect((asked[2] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(90);
});

test('where nobody can say whether it is kept awake, it sleeps', async () => {
  const world = await runnerWorld();
  await world.say('one');
  const keptAwakeMs = (): Promise<number> => Promise.reject(new Error('Redis is away'));
  const life = await world.start(echo, { idleTimeoutMs: 50, delivery: { ...readerOf(world.delivery), keptAwakeMs } });
  expect(await life.end).toBe(exitCode.ok);
});

test('a message that comes while it is about to sleep keeps it awake', async () => {
  const world = await runnerWorld();
  await world.say('one');
  let raced = false;
  const life = await world.start(echo, {
    idleTimeoutMs: 100,
    inboxTickMs: 60_000,
    blocking: { next: () => new Promise(() => undefined) },
    delivery: {
      ...readerOf(world.delivery),
      async release(...args) {
        if (!raced) await world.say('two');
        raced = true;
        return world.delivery.release(...args);
      },
    },
  });
  expect(await life.end).toBe(exitCode.ok);
  expect(world.read()).toEqual(['one', 'two', 'Saved. Write to wake me.']);
});

test('what is read while it is released is not begun: it belongs to the successor', async () => {
  const world = await runnerWorld();
  await world.say('one');
  const ran: string[] = [];
  const life = await world.start(
    scriptedProvider(({ text }) => (ran.push(text), [{ say: text }])),
    {
      idleTimeoutMs: 100,
      delivery: {
        ...readerOf(world.delivery),
        async release(...args) {
          const answer = await world.delivery.release(...args);
          // The blocking read brings it although the lease is gone.
          await world.say('two');
          await new Promise((resolve) => setTimeout(resolve, 100));
          return answer;
        },
      },
    },
  );
  expect(await life.end).toBe(exitCode.ok);
  expect(ran).toEqual(['one']);
  expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'launching' });
});

test('a drain cancels what runs without an answer, saves its files, and the successor runs it again with them', async () => {
  const world = await runnerWorld();
  await world.say('work');
  const wrote = gate();
  const life = await world.start({
    name: 'writer',
    async *startTurn({ directory }, signal) {
      await (await import('node:fs/promises')).writeFile(`${directory.files}/note`, 'half done');
      wrote.open();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield { type: 'finished', stopReason: 'canceled', reply: 'interrupted' };
    },
  });
  await wrote.passed;
  await world.say('waits');
  life.drain();
  expect(await life.end).toBe(exitCode.ok);
  expect(world.read()).toEqual([]);
  await world.start({
    name: 'reader',
    async *startTurn({ directory, text, wasInterrupted }) {
      const note = await (await import('node:fs/promises')).readFile(`${directory.files}/note`, 'utf8');
      yield {
        type: 'finished',
        stopReason: 'end_turn',
        reply: `${text}: ${note}, ${wasInterrupted ? 'interrupted' : 'fresh'}`,
      };
    },
  });
  await emptied(world);
  expect(world.read()).toEqual(['work: half done, interrupted', 'waits: half done, fresh']);
});

test('killed before anything of its turn was saved: the successor is told that it was interrupted', async () => {
  const world = await runnerWorld();
  await world.say('work');
  const told: boolean[] = [];
  for (const _ of ['killed', 'its successor']) {
    const began = gate();
    await world.start(
      scriptedProvider(({ wasInterrupted }) => (told.push(wasInterrupted), began.open(), [{ wait: gate().passed }])),
    );
    await began.passed;
    await world.relaunch();
  }
  expect(told).toEqual([false, true]);
});

test('a drain lets an answer that is under way through', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  const posting = gate();
  const held = gate();
  const life = await world.start(echo, {
    replies: {
      ...world.replies,
      async post(...args) {
        posting.open();
        await held.passed;
        return world.replies.post(...args);
      },
    },
  });
  await posting.passed;
  life.drain();
  setTimeout(held.open, 100);
  expect(await life.end).toBe(exitCode.ok);
  expect(world.read()).toEqual(['hello']);
  expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'idle' });
});

test('a drain drops what does not fit, inside its time: from then on nothing may be said', async () => {
  // Long enough that a busy machine does not use it up.
  const drainMs = 4_000;
  const world = await runnerWorld();
  await world.say('hello');
  const posting = gate();
  const isOver = gate();
  const allowed: boolean[] = [];
  const life = await world.start(echo, {
    drainMs,
    replies: {
      ...world.replies,
      // A post that waits out a 429 asks again before it sends.
      async post(reply, { mayPost = () => Promise.resolve(true) }) {
        posting.open();
        await isOver.passed;
        allowed.push(await mayPost());
        return reply.deliveryId;
      },
    },
  });
  await posting.passed;
  const startedAt = performance.now();
  life.drain();
  setTimeout(isOver.open, drainMs * 0.75);
  expect(await life.end).toBe(exitCode.ok);
  expect(performance.now() - startedAt).toBeLessThan(drainMs);
  expect(new Set(allowed)).toEqual(new Set([false]));
  expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'launching' });
});

test('a runner that has lived long enough hands itself over in mid-conversation, and its successor goes on', async () => {
  const world = await runnerWorld();
  await world.say('short');
  await world.say('long');
  const life = await world.start(
    scriptedProvider(({ text }) => (text === 'long' ? [{ wait: gate().passed }] : [{ say: text }])),
    { maxLifetimeMs: 1_000 },
  );
  expect(await life.end).toBe(exitCode.ok);
  expect(world.read()).toEqual(['short']);
  expect(await world.delivery.lease(world.user)).toMatchObject({ state: 'launching', failures: 0 });
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['short', 'long']);
});

test('a lost lease ends the turn, and nothing is stored or said', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  const began = gate();
  const held = gate();
  const life = await world.start(scriptedProvider(() => (began.open(), [{ wait: held.passed }, { say: 'late' }])));
  await began.passed;
  await world.relaunch();
  const before = await world.manifest();
  // Nobody tells it: the renewal before the post finds out at the latest.
  held.open();
  expect(await life.end).toBe(exitCode.superseded);
  expect(world.read()).toEqual([]);
  expect((await world.manifest())?.writer.write).toBeLessThanOrEqual((before?.writer.write ?? 0) + 1);
});

test('an entry of another version is set aside with a word where its thread can be told', async () => {
  const world = await runnerWorld();
  const raw = JSON.stringify({ v: 2, type: 'song', session: world.thread('1') });
  await world.say('before');
  await world.start(echo, {
    delivery: {
      ...readerOf(world.delivery),
      async backlog(user) {
        const entries = await world.delivery.backlog(user);
        return entries.map((entry) =>
          entry.payload.type === 'prompt' && entry.payload.text === 'before'
            ? { ...entry, payload: { type: 'unreadable', raw } }
            : entry,
        );
      },
    },
    blocking: { next: () => new Promise(() => undefined) },
  });
  await emptied(world);
  expect(world.read()).toEqual([expect.stringContaining('another version')]);
  expect(world.delivery.dead(world.user)).toMatchObject([{ cause: 'unreadable' }]);
});

test('a final answer waits out a pause that Slack asks for, and an answer nobody heard of is said once', async () => {
  const world = await runnerWorld();
  world.replies.failNext({ kind: 'rate-limited', retryAfterMs: 100 });
  world.replies.failNext({ kind: 'gives-up', said: true });
  await world.say('hello');
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
});

test('every step goes out as an event', async () => {
  const world = await runnerWorld();
  const localEvents = processEventTransport();
  const mirrored: Envelope[] = [];
  await world.say('hello');
  const life = await world.start(echo, {
    idleTimeoutMs: 50,
    localEvents,
    events: {
      publish: async (envelope) => void mirrored.push(envelope),
      subscribe: (...args) => localEvents.subscribe(...args),
    },
  });
  await life.end;
  expect(mirrored.map(({ type }) => type)).toEqual([
    'runner.started',
    'turn.started',
    'agent.text',
    'session.checkpointed',
    'turn.finished',
    'runner.exited',
  ]);
});

test('a life that is over reads the inbox no more, where its process lives on', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  let reads = 0;
  const backlog: typeof world.delivery.backlog = async (user) => {
    reads += 1;
    return world.delivery.backlog(user);
  };
  const life = await world.start(echo, { idleTimeoutMs: 10, delivery: { ...readerOf(world.delivery), backlog } });
  expect(await life.end).toBe(exitCode.ok);
  const before = reads;
  await pause(5 * settings.inboxTickMs);
  expect(reads).toBe(before);
});
