// What a Stop holds until its person chooses: listed, run now in order, discarded, edited, deleted; through the end of runners.
import { expect, test } from 'vitest';
import type { AgentProvider } from './agent/agent-provider.ts';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, readerOf, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

/** Whatever begins with `long` runs until it is stopped; the rest is said back. `begun` are the texts of what ran by now. */
function stoppable(begun: string[]): AgentProvider {
  return {
    name: 'stoppable',
    async *startTurn({ text }, signal) {
      begun.push(text);
      if (text.startsWith('long')) {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
      }
      yield { type: 'finished', stopReason: text.startsWith('long') ? 'canceled' : 'end_turn', reply: text };
    },
  };
}

/** A turn stopped with these behind it. Resolves once that is answered; returns the identities of what is held. */
async function stopBefore(world: RunnerWorld, texts: readonly string[], idleTimeoutMs = 60_000) {
  const begun: string[] = [];
  await world.say('long');
  const life = await world.start(stoppable(begun), { idleTimeoutMs });
  await until(() => expect(begun).toEqual(['long']));
  const held: string[] = [];
  for (const text of texts) held.push(await world.say(text));
  await world.stop();
  await emptied(world);
  return { life, held, begun, under: world.pressable() };
}

const heldNow = async (world: RunnerWorld): Promise<string[] | undefined> =>
  (await world.manifest())?.sessions[world.thread('1')]?.held?.prompts.map((prompt) => prompt.text);

const answersAfterStop = (world: RunnerWorld): string[] => world.read().slice(1);

test('what waits behind a stop is held: listed, parked in one write with the stop, gone from the inbox', async () => {
  const world = await runnerWorld();
  const { under } = await stopBefore(world, ['one', 'two']);
  expect(world.read()).toEqual(['Stopped by <@U1>.\n\nlong\n\nThese messages wait for your choice:\n- one\n- two']);
  expect(under.buttons.map((button) => button.action)).toEqual(['run_now', 'discard']);
  const record = (await world.manifest())?.sessions[world.thread('1')];
  expect(record?.held).toMatchObject({ by: under.buttons[0]?.value, prompts: [{ text: 'one' }, { text: 'two' }] });
  expect(record?.covered).toHaveLength(4);
});

test('Run now answers what is held in order, once each, and shows who chose; a second press finds nothing', async () => {
  const world = await runnerWorld();
  const { under } = await stopBefore(world, ['one', 'two']);
  await world.press('run_now', under);
  await world.press('run_now', under);
  await emptied(world);
  const [stopped, ...rest] = world.read();
  expect(stopped).toMatch(/<@U1> chose \*Run now\*\.$/);
  expect(rest.filter((text) => text !== 'one' && text !== 'two')).toEqual([expect.stringContaining('an old one')]);
  expect(rest.filter((text) => text === 'one' || text === 'two')).toEqual(['one', 'two']);
  expect(world.replies.posts().filter(({ reply }) => reply.buttons !== undefined)).toEqual([]);
  expect(new Set(world.replies.posts().map(({ reply }) => reply.deliveryId)).size).toBe(4);
  expect(await heldNow(world)).toBeUndefined();
});

test('Discard forgets what is held, says so and shows who chose', async () => {
  const world = await runnerWorld();
  const { under } = await stopBefore(world, ['one', 'two']);
  await world.press('discard', under);
  await emptied(world);
  expect(world.read()).toEqual([
    expect.stringMatching(/<@U1> chose \*Discard\*\.$/),
    'Discarded by <@U1>:\n- one\n- two',
  ]);
  expect(await heldNow(world)).toBeUndefined();
  await world.press('run_now', under);
  await emptied(world);
  expect(world.read().at(-1)).toContain('an old one');
});

test('a new message leaves what is held held', async () => {
  const world = await runnerWorld();
  await stopBefore(world, ['one']);
  await world.say('two');
  await emptied(world);
  expect(answersAfterStop(world)).toEqual(['two']);
  expect(await heldNow(world)).toEqual(['one']);
});

test('an edit changes what is held, a delete withdraws it, and what is left runs', async () => {
  const world = await runnerWorld();
  const { held, under } = await stopBefore(world, ['one', 'tow', 'three']);
  await world.remove(held[0] ?? '');
  await world.edit(held[1] ?? '', 'two');
  await emptied(world);
  expect(await heldNow(world)).toEqual(['two', 'three']);
  await world.press('run_now', under);
  await emptied(world);
  expect(answersAfterStop(world)).toEqual(['two', 'three']);
});

test('an edit that comes together with the press counts', async () => {
  const world = await runnerWorld();
  const { held, under, life } = await stopBefore(world, ['tow'], 50);
  await life.end;
  await world.edit(held[0] ?? '', 'two');
  await world.press('run_now', under);
  await world.start(echo);
  await emptied(world);
  expect(world.read().at(-1)).toBe('two');
});

test('with all of it deleted nothing is left to choose about', async () => {
  const world = await runnerWorld();
  const { held, under } = await stopBefore(world, ['one']);
  await world.remove(held[0] ?? '');
  await world.press('run_now', under);
  await emptied(world);
  expect(answersAfterStop(world)).toEqual([expect.stringContaining('an old one')]);
});

test('a press finds what is held after the runner slept', async () => {
  const world = await runnerWorld();
  const { life, under } = await stopBefore(world, ['one', 'two'], 50);
  await life.end;
  await world.press('run_now', under);
  await world.start(echo);
  await emptied(world);
  expect(world.read().slice(-2)).toEqual(['one', 'two']);
});

test('a stop of what was revived holds the rest again, under buttons of its own', async () => {
  const world = await runnerWorld();
  const { begun, under } = await stopBefore(world, ['long again', 'two']);
  await world.press('run_now', under);
  await until(() => expect(begun).toContain('long again'));
  await world.say('three');
  await world.stop();
  await emptied(world);
  expect(world.read().at(-1)).toBe(
    'Stopped by <@U1>.\n\nlong again\n\nThese messages wait for your choice:\n- two\n- three',
  );
  expect(await heldNow(world)).toEqual(['two', 'three']);
  await world.press('run_now', under);
  await emptied(world);
  expect(world.read().at(-1)).toContain('an old one');
  await world.press('run_now');
  await emptied(world);
  expect(world.read().slice(-2)).toEqual(['two', 'three']);
});

test('a stop right after Run now settles that press with itself, and holds what it revived', async () => {
  const world = await runnerWorld();
  const { life, under } = await stopBefore(world, ['one'], 50);
  await life.end;
  const pressed = await world.press('run_now', under);
  const stopped = await world.stop();
  await world.start(echo);
  await emptied(world);
  expect(world.read().at(-1)).toBe('Stopped by <@U1>.\n\nThis message waits for your choice:\n- one');
  const covered = (await world.manifest())?.sessions[world.thread('1')]?.covered ?? [];
  const idOf = (identity: string): string | undefined => covered.find((one) => one.identity === identity)?.deliveryId;
  expect(idOf(pressed)).toBe(idOf(stopped));
  await world.press('run_now');
  await emptied(world);
  expect(world.read().at(-1)).toBe('one');
});

test('a second stop lists what the first one holds, and takes its buttons over', async () => {
  const world = await runnerWorld();
  const { begun, under } = await stopBefore(world, ['one']);
  await world.say('long more');
  await until(() => expect(begun).toContain('long more'));
  await world.say('two');
  await world.stop();
  await world.press('run_now', under);
  await emptied(world);
  expect(world.read().slice(-2)).toEqual([
    expect.stringMatching(/:\n- one\n- two$/),
    expect.stringContaining('an old one'),
  ]);
  expect(await heldNow(world)).toEqual(['one', 'two']);
});

test('more than an inbox holds is not held, and the answer says so', async () => {
  const world = await runnerWorld();
  await stopBefore(world, ['1', '2', '3', '4', '5', '6', '7']);
  expect(world.read()[0]).toMatch(/these will not be run:\n- 6\n- 7\n\nThese messages .*\n- 1\n- 2\n- 3\n- 4\n- 5$/);
  expect(await heldNow(world)).toEqual(['1', '2', '3', '4', '5']);
});

test('a runner that ends in the middle of revived turns: the rest is answered by its successor, each once', async () => {
  const world = await runnerWorld();
  const { life, under } = await stopBefore(world, ['one', 'two', 'three'], 50);
  await life.end;
  await world.press('run_now', under);
  const [began, ran] = [gate(), [] as string[]];
  const standing = scriptedProvider(({ text }) => {
    ran.push(text);
    if (text === 'two') began.open();
    return [{ wait: text === 'two' ? gate().passed : Promise.resolve() }, { say: text }];
  });
  await world.start(standing);
  await began.passed;
  await world.relaunch();
  await world.start(scriptedProvider(({ text }) => (ran.push(text), [{ say: text }])));
  await emptied(world);
  expect(ran).toEqual(['one', 'two', 'two', 'three']);
  expect(world.read().slice(-3)).toEqual(['one', 'two', 'three']);
});

for (const step of ['post', 'after post', 'acknowledge'] as const) {
  test(`a runner that stands still at "${step}" of a revived turn: its successor answers each once, in order`, async () => {
    const world = await runnerWorld();
    const { life, under } = await stopBefore(world, ['one', 'two'], 50);
    await life.end;
    await world.press('run_now', under);
    const [held, reached] = [gate(), gate()];
    const stand = async (): Promise<void> => {
      reached.open();
      await held.passed;
    };
    const { replies, delivery } = world;
    await world.start(echo, {
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
    });
    await reached.passed;
    await world.relaunch();
    await world.start(echo);
    await emptied(world);
    held.open();
    expect(world.read().filter((text) => text === 'one' || text === 'two')).toEqual(['one', 'two']);
    expect(world.read().filter((text) => text.includes('an old one'))).toEqual([]);
  });
}

test('a runner that ends when all is answered, but not the press settled: its successor says nothing more', async () => {
  const world = await runnerWorld();
  const { life, under } = await stopBefore(world, ['one'], 50);
  await life.end;
  const said = world.read().length;
  const pressed = await world.press('run_now', under);
  const reached = gate();
  await world.start(echo, {
    store: {
      ...world.store,
      async writeManifest(user, manifest, over) {
        const { covered } = manifest.sessions[world.thread('1')] ?? { covered: [] };
        if (covered.some((one) => one.identity === pressed)) {
          reached.open();
          await gate().passed;
        }
        return world.store.writeManifest(user, manifest, over);
      },
    },
  });
  await reached.passed;
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(world.read().slice(said)).toEqual(['one']);
});

test('a stop that was covered but not answered is answered once by the successor, with its buttons', async () => {
  const world = await runnerWorld();
  await world.say('one');
  await world.stop();
  const reached = gate();
  await world.start(echo, {
    replies: { ...world.replies, post: () => (reached.open(), gate().passed.then(() => '')) },
  });
  await reached.passed;
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual([expect.stringMatching(/^Stopped by.*\n- one$/s)]);
  await world.press('run_now');
  await emptied(world);
  expect(answersAfterStop(world)).toEqual(['one']);
});

test('a revived message that ends its runner every time is set aside after three tries of its own; the one after it runs', async () => {
  const world = await runnerWorld();
  const { life, under } = await stopBefore(world, ['one', 'deadly', 'three'], 50);
  await life.end;
  await world.press('run_now', under);
  const tried: string[] = [];
  for (let n = 1; n <= 3; n += 1) {
    const began = gate();
    const wait = gate().passed;
    await world.start(
      scriptedProvider(({ text }) => {
        tried.push(text);
        if (text === 'deadly') began.open();
        return text === 'deadly' ? [{ wait }] : [{ say: text }];
      }),
    );
    await began.passed;
    await world.relaunch();
  }
  await world.start(scriptedProvider(({ text }) => (tried.push(text), [{ say: text }])));
  await emptied(world);
  expect(tried).toEqual(['one', 'deadly', 'deadly', 'deadly', 'three']);
  expect(world.read().slice(-3)).toEqual(['one', expect.stringContaining('three times'), 'three']);
  expect(world.delivery.dead(world.user)).toMatchObject([
    { cause: 'too_many_tries', entry: { payload: { type: 'run_now' } } },
  ]);
});

test('revived turns that are drained are no tries and are run again', async () => {
  const world = await runnerWorld();
  const { life, under } = await stopBefore(world, ['one'], 50);
  await life.end;
  await world.press('run_now', under);
  for (let n = 1; n <= 4; n += 1) {
    const began = gate();
    const next = await world.start(scriptedProvider(() => (began.open(), [{ wait: gate().passed }])));
    await began.passed;
    next.drain();
    await next.end;
  }
  await world.start(echo);
  await emptied(world);
  expect(world.read().at(-1)).toBe('one');
});
