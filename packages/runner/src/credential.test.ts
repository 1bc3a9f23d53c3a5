// A message whose agent has no credential, or one that its model refuses: kept, said, and run once that is mended; through the end of runners.
import { expect, test } from 'vitest';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { spoken } from './progress/spoken-words.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, readerOf, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

const NO_KEY = 'It has no key.';

const keyless = scriptedProvider([{ fail: NO_KEY, reason: 'credential' }]);

/** A runner without a key, to its end: its successor may have one. */
async function liveWithoutKey(world: RunnerWorld, ran: string[] = []): Promise<void> {
  const provider = scriptedProvider(({ text }) => (ran.push(text), [{ fail: NO_KEY, reason: 'credential' }]));
  const life = await world.start(provider);
  expect(await life.end).toBe(0);
  expect(await world.delivery.backlog(world.user)).toEqual([]);
}

/** These were said to a runner without a key. */
async function keptWorld(texts: readonly string[]): Promise<{ world: RunnerWorld; kept: string[] }> {
  const world = await runnerWorld();
  const kept: string[] = [];
  for (const text of texts) kept.push(await world.say(text));
  await liveWithoutKey(world);
  return { world, kept };
}

const heldNow = async (world: RunnerWorld): Promise<string[] | undefined> =>
  (await world.manifest())?.sessions[world.thread('1')]?.held?.prompts.map((prompt) => prompt.text);
const buttonsOf = (world: RunnerWorld): string[] => world.pressable().buttons.map(({ action }) => action);
/** But that it sleeps. */
const said = (world: RunnerWorld): string[] => world.read().filter((text) => text !== spoken.asleep);
/** What was answered beside what only says that something is kept. */
const answers = (world: RunnerWorld): string[] => said(world).filter((text) => !text.startsWith(NO_KEY));

test('the message is kept: the thread says what is missing and what to do, with buttons', async () => {
  const { world } = await keptWorld(['one']);
  expect(said(world)).toEqual([
    `${NO_KEY}\n\nThis message is kept. Once that is done it runs by itself, or with *Run now*, or before what you write here next:\n- one`,
  ]);
  expect(buttonsOf(world)).toEqual(['run_now', 'discard']);
  expect(await heldNow(world)).toEqual(['one']);
});

test('any other failure uses the message up', async () => {
  const world = await runnerWorld();
  await world.say('one');
  await world.start(scriptedProvider([{ fail: 'Its model is away.' }]));
  await emptied(world);
  expect(world.read()).toEqual(['Its model is away.']);
  expect(await heldNow(world)).toBeUndefined();
});

test('Run now runs it with the key that is there by then, once', async () => {
  const { world } = await keptWorld(['one']);
  const under = world.pressable();
  await world.press('run_now', under);
  await world.press('run_now', under);
  await world.start(echo);
  await emptied(world);
  expect(answers(world).filter((text) => text === 'one')).toEqual(['one']);
  expect(await heldNow(world)).toBeUndefined();
});

test('Run now while there is still no key keeps it, under buttons of its own', async () => {
  const { world } = await keptWorld(['one', 'two']);
  const first = world.pressable();
  await world.press('run_now', first);
  const ran: string[] = [];
  await liveWithoutKey(world, ran);
  expect(ran, 'what came behind it is not tried').toEqual(['one']);
  expect(world.read().at(-1)).toMatch(/^It has no key\.\n\nThese messages are kept\..* in this order:\n- one\n- two$/);
  expect(await heldNow(world)).toEqual(['one', 'two']);
  await world.press('run_now', first);
  await world.start(echo);
  await emptied(world);
  expect(world.read().at(-1)).toContain('an old one');
  await world.press('run_now');
  await emptied(world);
  expect(world.read().slice(-2)).toEqual(['one', 'two']);
});

test('Discard forgets it', async () => {
  const { world } = await keptWorld(['one']);
  await world.press('discard');
  await world.start(echo);
  await emptied(world);
  expect(await heldNow(world)).toBeUndefined();
  await world.say('next');
  await emptied(world);
  expect(answers(world)).toEqual(['Discarded by <@U1>:\n- one', 'next']);
});

test('the next message has what is kept run before itself, each once', async () => {
  const { world } = await keptWorld(['one', 'two']);
  const old = world.pressable();
  const next = await world.say('three');
  await world.start(echo);
  await emptied(world);
  expect(answers(world)).toEqual(['one', 'two', 'three']);
  expect(await heldNow(world)).toBeUndefined();
  expect(world.delivery.dead(world.user)).toEqual([]);
  const covered = (await world.manifest())?.sessions[world.thread('1')]?.covered ?? [];
  expect(covered.map(({ identity }) => identity)).toContain(next);
  await world.press('run_now', old);
  await emptied(world);
  expect(world.read().at(-1)).toContain('an old one');
});

test('the next message without a key is kept behind the others; the model was asked once', async () => {
  const { world } = await keptWorld(['one']);
  const ran: string[] = [];
  await world.say('two');
  await liveWithoutKey(world, ran);
  expect(ran).toEqual(['one']);
  expect(said(world)).toHaveLength(2);
  expect(said(world).at(-1)).toMatch(/in this order:\n- one\n- two$/);
  await world.say('three');
  await world.start(echo);
  await emptied(world);
  expect(answers(world)).toEqual(['one', 'two', 'three']);
});

test('what there is no room for is told', async () => {
  const { world } = await keptWorld(['1', '2', '3', '4', '5', '6']);
  expect(said(world).at(-1)).toMatch(
    /so this one will not be run:\n- 6\n\nThese messages are kept\..*\n- 1\n- 2\n- 3\n- 4\n- 5$/,
  );
  await world.say('7');
  await world.start(echo);
  await emptied(world);
  expect(answers(world)).toEqual(['1', '2', '3', '4', '5', '7']);
});

test('the runner ends when nothing is under way any more: what comes next is for one that may have a key', async () => {
  const world = await runnerWorld();
  const [began, wait] = [gate(), gate()];
  await world.say('long', '2');
  const life = await world.start(
    scriptedProvider(({ text }) =>
      text === 'long'
        ? [{ wait: (began.open(), wait.passed) }, { say: 'done' }]
        : [{ fail: NO_KEY, reason: 'credential' }],
    ),
  );
  await began.passed;
  await world.say('one');
  await until(() => expect(world.read()).toHaveLength(1));
  expect(world.read('2')).toEqual([]);
  wait.open();
  expect(await life.end).toBe(0);
  expect(world.read('2')).toEqual(['done']);
  await world.press('run_now');
  await world.start(echo);
  await emptied(world);
  expect(answers(world)).toEqual(['one']);
});

test('a word about the agent has its turn alone: it may be what mends it', async () => {
  const { world } = await keptWorld(['one']);
  await world.say('agent');
  await world.start(echo);
  await emptied(world);
  expect(await heldNow(world)).toEqual(['one']);
  await world.say('two');
  await emptied(world);
  expect(answers(world).slice(-2)).toEqual(['one', 'two']);
});

test('another thread is another matter', async () => {
  const { world } = await keptWorld(['one']);
  await world.say('two', '2');
  await world.start(echo);
  await emptied(world);
  expect(world.read('2')).toEqual(['two']);
  expect(await heldNow(world)).toEqual(['one']);
});

test('what was stopped is not touched by the message that brings back the rest, and may be chosen about again', async () => {
  const world = await runnerWorld();
  await world.say('stopped');
  await world.stop();
  const stopped = await world.start(echo);
  await emptied(world);
  stopped.drain();
  await stopped.end;
  await world.say('one');
  await liveWithoutKey(world);
  expect(world.read().at(-1)).toMatch(
    /This message waits for your choice:\n- stopped\n\nThis message is kept\..*\n- one$/,
  );
  const under = world.pressable();
  await world.say('two');
  await world.start(echo);
  await emptied(world);
  expect(world.read().slice(-2)).toEqual(['one', 'two']);
  expect(await heldNow(world)).toEqual(['stopped']);
  await world.press('run_now', under);
  await emptied(world);
  expect(world.read().at(-1)).toBe('stopped');
});

test('stopped before it runs, it waits for a choice like the rest, and new messages leave it alone', async () => {
  const { world } = await keptWorld(['one']);
  await world.say('two');
  await world.stop();
  await world.start(echo);
  await emptied(world);
  expect(world.read().at(-1)).toMatch(/^Stopped by <@U1>\.\n\n.*:\n- one\n- two$/s);
  expect(await heldNow(world)).toEqual(['one', 'two']);
  await world.say('three');
  await emptied(world);
  expect(answers(world).slice(1)).toEqual(['three']);
});

test('an edit changes it, a delete withdraws it, also of the message that brings back the others', async () => {
  const { world, kept } = await keptWorld(['one', 'tow']);
  await world.remove(kept[0] ?? '');
  await world.edit(kept[1] ?? '', 'two');
  const next = await world.say('thre');
  await world.edit(next, 'three');
  const [began, wait] = [gate(), gate()];
  const first = await world.start(scriptedProvider(() => (began.open(), [{ wait: wait.passed }])));
  await began.passed;
  await world.remove(next);
  // Settled, and its entry stands in the inbox for the other one.
  await until(async () => expect(await heldNow(world)).toEqual(['two']));
  first.exit();
  await world.relaunch();
  await world.start(echo);
  await emptied(world);
  expect(answers(world)).toEqual(['two']);
  expect(await heldNow(world)).toBeUndefined();
});

test('a key that is refused in the middle of parked work: the message is asked about anew', async () => {
  const world = await runnerWorld();
  await world.say('go', '1', { early: true });
  const ask = { kind: 'permission', title: 'rm -rf build', does: 'rm' } as const;
  const life = await world.start(scriptedProvider([{ ask }]), { idleTimeoutMs: 50 });
  await life.end;
  await world.decide('allow');
  await liveWithoutKey(world);
  expect(await heldNow(world)).toEqual(['go']);
  expect((await world.manifest())?.sessions[world.thread('1')]?.asked).toEqual([]);
});

test('the answer to a question meets no key: its message is kept, and the answer behind it', async () => {
  const world = await runnerWorld();
  await world.say('go', '1', { early: true });
  const ask = { kind: 'question', text: 'Which branch?', choices: [] } as const;
  const life = await world.start(scriptedProvider([{ ask }]), { idleTimeoutMs: 50 });
  await life.end;
  await world.say('main');
  await liveWithoutKey(world);
  expect(await heldNow(world)).toEqual(['go', 'main']);
});

test('what was stopped and then chosen to run is brought back by the next message like the rest', async () => {
  const world = await runnerWorld();
  await world.say('one');
  await world.say('two');
  await world.stop();
  const stopped = await world.start(echo);
  await emptied(world);
  stopped.drain();
  await stopped.end;
  await world.press('run_now');
  await liveWithoutKey(world);
  expect(await heldNow(world)).toEqual(['one', 'two']);
  await world.say('three');
  await world.start(echo);
  await emptied(world);
  expect(world.read().slice(-3)).toEqual(['one', 'two', 'three']);
});

for (const step of ['manifest', 'post', 'after post', 'acknowledge'] as const) {
  for (const what of ['a message', 'Run now', 'run kept', 'the next message'] as const) {
    test(`a runner that stands still at "${step}" when ${what} has no key: its successor says so once, with buttons that work`, async () => {
      const { world } = what === 'a message' ? { world: await runnerWorld() } : await keptWorld(['one']);
      if (what === 'Run now') await world.press('run_now');
      else if (what === 'run kept') await world.runKept();
      else await world.say(what === 'a message' ? 'one' : 'two');
      const before = world.read().length;
      const [held, reached] = [gate(), gate()];
      await world.start(keyless, standingAt(world, step, { reached: reached.open, held: held.passed }));
      await reached.passed;
      await world.relaunch();
      // Whoever finds it covered runs no turn, and stays.
      const next = await world.start(keyless);
      await emptied(world);
      held.open();
      expect(world.read().slice(before)).toEqual([expect.stringMatching(/^It has no key/)]);
      expect(await heldNow(world)).toEqual(what === 'the next message' ? ['one', 'two'] : ['one']);
      next.drain();
      await next.end;
      await world.press('run_now');
      await liveWithoutKey(world);
      expect(world.read().length).toBe(before + 2);
      expect(world.read().at(-1)).toMatch(/^It has no key/);
    });
  }
}

const BROUGHT_BACK = ['the next message brings back', 'begins by itself'] as const;

for (const step of ['manifest', 'post', 'after post', 'acknowledge'] as const) {
  for (const [nth, what] of [1, 2, 3].flatMap((n) => BROUGHT_BACK.map((how) => [n, how] as const))) {
    test(`a runner that stands still at "${step}" number ${nth} of what ${what}: each is answered once, in order`, async () => {
      const { world } = await keptWorld(['one', 'two']);
      if (what === 'begins by itself') await world.runKept();
      await world.say('three');
      const [held, reached] = [gate(), gate()];
      await world.start(echo, standingAt(world, step, { reached: reached.open, held: held.passed, nth }));
      await reached.passed;
      await world.relaunch();
      await world.start(echo);
      await emptied(world);
      held.open();
      expect(answers(world)).toEqual(['one', 'two', 'three']);
      expect(await heldNow(world)).toBeUndefined();
    });
  }
}

test('one that ends its runner every time is set aside after three tries of its own; the others run', async () => {
  const { world } = await keptWorld(['deadly', 'two']);
  await world.say('three');
  const tried: string[] = [];
  for (let n = 1; n <= 3; n += 1) {
    const began = gate();
    const wait = gate().passed;
    await world.start(scriptedProvider(({ text }) => (tried.push(text), began.open(), [{ wait }])));
    await began.passed;
    await world.relaunch();
  }
  await world.start(scriptedProvider(({ text }) => (tried.push(text), [{ say: text }])));
  await emptied(world);
  expect(tried).toEqual(['deadly', 'deadly', 'deadly', 'two', 'three']);
  expect(answers(world)).toEqual([expect.stringContaining('three times'), 'two', 'three']);
});

type Standing = { readonly reached: () => void; readonly held: Promise<void>; readonly nth?: number };

/** Ports that stand still where they are called for the nth time. Writes are counted from the claim on. */
function standingAt(
  world: RunnerWorld,
  step: 'manifest' | 'post' | 'after post' | 'acknowledge',
  { reached, held, nth = 1 }: Standing,
) {
  const { replies, delivery, store } = world;
  let calls = step === 'manifest' ? -1 : 0;
  const stand = async (): Promise<void> => {
    calls += 1;
    if (calls !== nth) return;
    reached();
    await held;
  };
  return {
    replies: {
      ...replies,
      async post(...[reply, options]: Parameters<typeof replies.post>) {
        if (reply.kind !== 'card' && step === 'post') await stand();
        const ts = await replies.post(reply, options);
        if (reply.kind !== 'card' && step === 'after post') await stand();
        return ts;
      },
    },
    delivery: {
      ...readerOf(delivery),
      async acknowledge(...args: Parameters<typeof delivery.acknowledge>) {
        if (step === 'acknowledge') await stand();
        return delivery.acknowledge(...args);
      },
    },
    store: {
      ...store,
      async writeManifest(...args: Parameters<typeof store.writeManifest>) {
        if (step === 'manifest') await stand();
        return store.writeManifest(...args);
      },
    },
  };
}
