// A runner that stands still at some step, and its successor: one answer, nothing run twice that was covered, order kept.
import { RunnelError, retryable } from '@runnel/shared';
import { exitCode } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, readerOf, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

/** What its runner does from that step on waits for the gate, which no test opens before the successor is done. */
async function startStandingStill(world: RunnerWorld, step: 'post' | 'after post' | 'acknowledge' | 'manifest') {
  const held = gate();
  const reached = gate();
  const stand = async (): Promise<void> => {
    reached.open();
    await held.passed;
  };
  const { replies, delivery, store } = world;
  let writes = 0;
  const life = await world.start(echo, {
    replies: {
      ...replies,
      async post(reply, options) {
        if (step === 'post') await stand();
        const ts = await replies.post(reply, options);
        if (step === 'after post') await stand();
        return ts;
      },
    },
    delivery: {
      ...readerOf(delivery),
      async acknowledge(...args) {
        if (step === 'acknowledge') await stand();
        return delivery.acknowledge(...args);
      },
    },
    store: {
      ...store,
      async writeManifest(...args) {
        writes += 1;
        // The first one is the claim.
        if (step === 'manifest' && writes > 1) await stand();
        return store.writeManifest(...args);
      },
    },
  });
  await reached.passed;
  return { life, goOn: held.open };
}

for (const step of ['manifest', 'post', 'after post', 'acknowledge'] as const) {
  test(`a runner that stands still at "${step}" and goes on later: one answer, and it ends`, async () => {
    const world = await runnerWorld();
    await world.say('hello');
    const { life, goOn } = await startStandingStill(world, step);
    await world.relaunch();
    await world.start(echo);
    await emptied(world);
    goOn();
    expect(await life.end).toBe(exitCode.superseded);
    expect(world.read()).toEqual(['hello']);
  });
}

test('a stop that was covered but not answered is answered once for all it acted on', async () => {
  const world = await runnerWorld();
  await world.say('one');
  await world.say('two');
  await world.stop();
  await world.say('three');
  await startStandingStill(world, 'post');
  expect(world.read()).toEqual([]);
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual([expect.stringMatching(/^Stopped by <@U1>/), 'three']);
});

test('a stop that met nothing is said to be so by the successor too, and nobody is called for it', async () => {
  const world = await runnerWorld();
  await world.stop();
  await startStandingStill(world, 'post');
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(world.replies.posts().map(({ reply }) => [reply.text, reply.mention])).toEqual([
    ['There is nothing to stop.', undefined],
  ]);
});

test('an edit of a message that waits is not forgotten when the runner ends before its turn', async () => {
  const world = await runnerWorld();
  await world.say('first');
  const edited = await world.say('wrong');
  const held = gate();
  const began = gate();
  const holding = scriptedProvider(() => (began.open(), [{ wait: held.passed }]));
  await world.start(holding);
  await began.passed;
  await world.edit(edited, 'right');
  await world.stop('other');
  await until(() => expect(world.read('other')).toHaveLength(1));
  expect(await world.delivery.backlog(world.user)).toHaveLength(3);
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['first', 'right']);
  held.open();
});

test('another writer of the manifest ends the runner, and it says nothing', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  const began = gate();
  const held = gate();
  const life = await world.start(scriptedProvider(() => (began.open(), [{ wait: held.passed }, { say: 'late' }])));
  await began.passed;
  const standing = await world.store.readManifest(world.user);
  if (standing === undefined) throw new Error('not claimed');
  const foreign = { ...standing.manifest, writer: { generation: '9', owner: 'other', write: 1 } };
  await world.store.writeManifest(world.user, foreign, standing.revision);
  held.open();
  expect(await life.end).toBe(exitCode.superseded);
  expect(world.read()).toEqual([]);
  expect(await world.delivery.backlog(world.user)).toHaveLength(1);
});

test('a manifest write whose answer was lost is found to be our own, and the turn goes on', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  let writes = 0;
  await world.start(echo, {
    store: {
      ...world.store,
      async writeManifest(...args) {
        const revision = await world.store.writeManifest(...args);
        writes += 1;
        // The claim's answer and the checkpoint's.
        if (writes <= 2) throw new RunnelError('store_unavailable', 'No answer', { retry: retryable() });
        return revision;
      },
    },
  });
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
  // The claim and the checkpoint, each written once.
  expect((await world.store.readManifest(world.user))?.revision).toBe('2');
});

test('the manifest is claimed over writes of a predecessor that does not know yet that it is over', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  let reads = 0;
  await world.start(echo, {
    store: {
      ...world.store,
      async readManifest(user) {
        const read = await world.store.readManifest(user);
        reads += 1;
        if (reads <= 2) {
          const manifest = { v: 1 as const, writer: { generation: '1', owner: 'zombie', write: reads }, sessions: {} };
          await world.store.writeManifest(user, manifest, read?.revision ?? 'none');
        }
        return read;
      },
    },
  });
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
});

test('a runner whose lease was taken away before it claimed leaves the manifest to its successor', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  const held = gate();
  const reached = gate();
  const life = await world.start(echo, {
    store: {
      ...world.store,
      async readManifest(user) {
        reached.open();
        await held.passed;
        return world.store.readManifest(user);
      },
    },
  });
  await reached.passed;
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  const before = await world.store.readManifest(world.user);
  held.open();
  expect(await life.end).toBe(exitCode.superseded);
  expect(await world.store.readManifest(world.user)).toEqual(before);
  expect(world.read()).toEqual(['hello']);
});

test('a manifest of a generation that a failover forgot is claimed all the same', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  const writer = { generation: '9999999999999', owner: 'forgotten', write: 1 };
  await world.store.writeManifest(world.user, { v: 1, writer, sessions: {} }, 'none');
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
  expect((await world.manifest())?.writer.owner).toBe('pod-1');
});

test('a store that is away delays the answer, and nothing is said or acknowledged before it is back', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  let away = false;
  let refused = 0;
  await world.start(
    scriptedProvider(({ text }) => ((away = true), [{ say: text }])),
    {
      store: {
        ...world.store,
        async writeManifest(...args) {
          if (!away) return world.store.writeManifest(...args);
          refused += 1;
          throw new RunnelError('store_unavailable', 'away', { retry: retryable() });
        },
      },
    },
  );
  await until(() => expect(refused).toBeGreaterThan(2));
  expect(world.read()).toEqual([]);
  expect(await world.delivery.backlog(world.user)).toHaveLength(1);
  away = false;
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
});

test('the card of a runner that ended after its checkpoint goes when its successor has answered', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  const began = gate();
  await world.start(scriptedProvider(() => (began.open(), [{ wait: gate().passed }])));
  await began.passed;
  await world.relaunch();
  // On a second try the card is there at once.
  const cards = (): number => world.replies.posts().filter(({ reply }) => reply.kind === 'card').length;
  const shown = until(() => expect(cards()).toBe(1));
  const posting = gate();
  await world.start(
    scriptedProvider(({ text }) => [{ wait: shown }, { say: text }]),
    {
      replies: {
        ...world.replies,
        async post(reply, options) {
          if (reply.kind === 'card') return world.replies.post(reply, options);
          posting.open();
          return gate().passed.then(() => '');
        },
      },
    },
  );
  await posting.passed;
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
  expect(cards()).toBe(0);
});
