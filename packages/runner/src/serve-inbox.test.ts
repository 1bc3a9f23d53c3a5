// A runner's life with everything in memory: what a person reads, in which order, and what is left in the inbox.
import { stepChannel } from '@runnel/shared';
import { expect, onTestFinished, test } from 'vitest';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { spoken } from './progress/spoken-words.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, readerOf, runnerWorld, until } from './testing/runner-world.ts';

test('a message gets one answer in its thread, is covered by the manifest, and is gone from the inbox', async () => {
  const world = await runnerWorld();
  const identity = await world.say('hello');
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['hello']);
  const record = (await world.manifest())?.sessions[world.thread('1')];
  expect(record?.covered.map((one) => one.identity)).toEqual([identity]);
  expect(record?.archive?.bytes).toBe(0);
});

test('an agent that says nothing is answered with that, so that a message is never without an answer', async () => {
  const world = await runnerWorld();
  await world.say('hello');
  await world.start(scriptedProvider(() => []));
  await emptied(world);
  expect(world.read()).toEqual([spoken.noAnswer]);
});

test('messages of one thread are answered in their order, and bear a mark only while they wait', async () => {
  const world = await runnerWorld();
  const gates = { one: gate(), two: gate() };
  const tsOf = (identity: string): string => identity.split(':')[2] ?? '';
  await world.say('one');
  const two = tsOf(await world.say('two'));
  await world.start(
    scriptedProvider(({ text }) => [
      {
        wait:
          new Map([
            ['one', gates.one.passed],
            ['two', gates.two.passed],
          ]).get(text) ?? Promise.resolve(),
      },
      { say: text },
    ]),
  );
  await until(() => expect(world.status.marked('queued')).toEqual([two]));
  const three = tsOf(await world.say('three'));
  await until(() => expect(world.status.marked('queued')).toEqual([two, three]));
  gates.one.open();
  await until(() => expect(world.status.marked('queued'), 'the second one runs now').toEqual([three]));
  gates.two.open();
  await emptied(world);
  expect(world.read()).toEqual(['one', 'two', 'three']);
  await until(() => expect(world.status.marked('queued')).toEqual([]));
  await until(() =>
    expect(world.status.of({ channel: 'D0', threadTs: '1.0' })).toMatchObject({ working: false, line: '' }),
  );
});

test('threads run side by side, as many as allowed', async () => {
  const world = await runnerWorld();
  const gates = [gate(), gate(), gate()];
  const begun: string[] = [];
  const provider = scriptedProvider(({ text }) => {
    begun.push(text);
    return [{ wait: gates[Number(text)]?.passed ?? Promise.resolve() }, { say: text }];
  });
  await Promise.all(['0', '1', '2'].map((name) => world.say(name, name)));
  await world.start(provider);
  await until(() => expect(begun.toSorted()).toEqual(['0', '1']));
  gates[1]?.open();
  await until(() => expect(begun.toSorted()).toEqual(['0', '1', '2']));
  gates[0]?.open();
  gates[2]?.open();
  await emptied(world);
});

test('a stop cancels what runs, holds what waits before it, and is answered once', async () => {
  const world = await runnerWorld();
  await world.say('long');
  const begun = gate();
  await world.start({
    name: 'long',
    async *startTurn({ text }, signal) {
      if (text === 'long') {
        begun.open();
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
      yield { type: 'finished', stopReason: text === 'long' ? 'canceled' : 'end_turn', reply: text };
    },
  });
  await begun.passed;
  await world.say('waits');
  await world.stop();
  await world.say('after');
  await emptied(world);
  const [stopped, ...rest] = world.read();
  expect(stopped).toMatch(/^Stopped by <@U1>\.\n\nlong\n\nThis message waits for your choice:\n- waits$/);
  expect(rest).toEqual(['after']);
  const covered = (await world.manifest())?.sessions[world.thread('1')]?.covered ?? [];
  expect(new Set(covered.slice(0, 3).map((one) => one.deliveryId)).size, 'one message for all of it').toBe(1);
});

test('a stop that was there before its prompts began lets none of them run', async () => {
  const world = await runnerWorld();
  const ran: string[] = [];
  await world.say('a');
  await world.say('b');
  await world.stop();
  await world.say('c');
  await world.start(scriptedProvider(({ text }) => (ran.push(text), [{ say: text }])));
  await emptied(world);
  expect(ran).toEqual(['c']);
  expect(world.read()).toEqual(['Stopped by <@U1>.\n\nThese messages wait for your choice:\n- a\n- b', 'c']);
});

test('a stop that comes while its prompt is about to wait for a place is answered at once', async () => {
  const world = await runnerWorld();
  const [long, asked, answered] = [gate(), gate(), gate()];
  await world.say('long', '1');
  const waiting = await world.say('waits', '2');
  const provider = scriptedProvider(({ text }) => [
    { wait: text === 'long' ? long.passed : Promise.resolve() },
    { say: text },
  ]);
  await world.start(provider, {
    turnConcurrency: 1,
    delivery: {
      ...readerOf(world.delivery),
      async tries(user, id) {
        const entry = (await world.delivery.backlog(user)).find((one) => one.id === id);
        if (entry?.identity === waiting) {
          asked.open();
          await answered.passed;
        }
        return world.delivery.tries(user, id);
      },
    },
  });
  await asked.passed;
  await world.stop('2');
  // Read in order: once the later one is answered, the first one is in hand.
  await world.stop('3');
  await until(() => expect(world.read('3')).toHaveLength(1));
  answered.open();
  await until(() => expect(world.read('2')).toEqual([expect.stringContaining('Stopped by')]));
  expect(world.read('1')).toEqual([]);
  long.open();
  await emptied(world);
});

test('a late stop hears that there is nothing to stop', async () => {
  const world = await runnerWorld();
  await world.stop();
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['There is nothing to stop.']);
});

test('an edit changes what waits, tells that it cannot change what runs, and says nothing about what is answered', async () => {
  const world = await runnerWorld();
  const [held, begun] = [gate(), [] as string[]];
  const answered = await world.say('answered');
  await world.start(
    scriptedProvider(({ text }) => {
      begun.push(text);
      return text === 'runs' ? [{ wait: held.passed }, { say: text }] : [{ say: text }];
    }),
  );
  await emptied(world);
  const running = await world.say('runs');
  await until(() => expect(begun).toContain('runs'));
  const waiting = await world.say('wiats');
  await world.edit(answered, 'answered otherwise');
  await world.edit(waiting, 'waits');
  await world.edit(running, 'runs otherwise');
  await until(() => expect(world.read()).toContainEqual(expect.stringContaining('is not changed by your edit')));
  held.open();
  await emptied(world);
  expect(world.read()).toEqual(['answered', expect.stringContaining('is not changed'), 'runs', 'waits']);
});

test('a deleted message is withdrawn without a word while it waits, and canceled with one while it runs', async () => {
  const world = await runnerWorld();
  const running = await world.say('runs');
  const waiting = await world.say('waits');
  await world.start(scriptedProvider(() => [{ wait: gate().passed }]));
  await world.remove(waiting);
  await until(async () =>
    expect((await world.delivery.backlog(world.user)).map((one) => one.identity)).toEqual([running]),
  );
  expect(world.read()).toEqual([]);
  await world.remove(running);
  await emptied(world);
  expect(world.read()).toEqual(['Canceled, because its message was deleted.']);
});

test('what the agent of a turn took is told with its step, and in the last line of its answer', async () => {
  const usage = { inputTokens: 30, outputTokens: 7 };
  const told: unknown[] = [];
  const listen = (step: unknown): void => void told.push(step);
  stepChannel.asyncEnd.subscribe(listen);
  onTestFinished(() => stepChannel.asyncEnd.unsubscribe(listen));
  const world = await runnerWorld();
  await world.say('hello');
  await world.start({
    name: 'counting',
    async *startTurn() {
      yield { type: 'finished', stopReason: 'end_turn', reply: 'hi', usage };
    },
  });
  await emptied(world);
  expect(told).toContainEqual(expect.objectContaining({ name: 'run', result: expect.objectContaining({ usage }) }));
  expect(world.read()).toEqual([expect.stringMatching(/^hi\n\n_\d+ s · 30 tokens in, 7 out_$/)]);
});
