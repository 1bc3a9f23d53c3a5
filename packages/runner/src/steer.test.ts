// Words to a turn that runs: heard by its agent, answered and settled with it; where nobody hears them, messages like any other.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AgentProvider } from './agent/agent-provider.ts';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

/** Its turns begin, wait for the gate and then say the message and the words that were heard by then. */
function listening(take: (word: string) => Promise<boolean> | boolean = () => true) {
  const began = gate();
  const held = gate();
  const heard: string[] = [];
  const provider: AgentProvider = {
    name: 'listening',
    async *startTurn({ text }, signal) {
      began.open();
      const canceled = new Promise((resolve) => signal.addEventListener('abort', resolve));
      await Promise.race([held.passed, canceled]);
      const reply = [text, ...heard.splice(0)].join(' + ');
      yield { type: 'finished', stopReason: signal.aborted ? 'canceled' : 'end_turn', reply };
    },
    steer: async (_, word) => {
      const isTaken = await take(word);
      if (isTaken) heard.push(word);
      return isTaken;
    },
  };
  return { provider, began, held, heard };
}

/** A turn of `first` runs. */
async function running(take?: Parameters<typeof listening>[0]) {
  const world = await runnerWorld();
  const agent = listening(take);
  await world.say('first');
  await world.start(agent.provider);
  await agent.began.passed;
  return { world, ...agent };
}

function waiting(world: RunnerWorld, count: number): Promise<unknown> {
  return until(async () => expect(await world.delivery.backlog(world.user)).toHaveLength(count));
}

test('a word to the turn that runs is heard in it, passes what waits, and is answered with it', async () => {
  const { world, held, heard } = await running();
  await world.say('second');
  await world.say('!that is wrong');
  await until(() => expect(heard).toEqual(['that is wrong']));
  await waiting(world, 3);
  held.open();
  await emptied(world);
  expect(world.read()).toEqual(['first + that is wrong', 'second']);
});

test('its card shows what was said to it', async () => {
  const { world, held } = await running();
  await world.say('!use the other port');
  const card = (): string[] =>
    world.replies.posts().flatMap(({ reply }) => (reply.kind === 'card' ? [reply.text] : []));
  await until(() => expect(card().join('')).toContain('» use the other port'));
  held.open();
  await emptied(world);
});

test.each([
  ['refuses it', () => false],
  ['fails', () => Promise.reject(new Error('gone'))],
  ['does not say', () => new Promise<boolean>(() => undefined)],
])('where the agent %s, it is a message like any other', async (_, take) => {
  const asked = gate();
  const { world, held } = await running(() => (asked.open(), take()));
  await world.say('!look at this');
  await asked.passed;
  await world.say('third');
  held.open();
  await emptied(world);
  expect(world.read()).toEqual(['first', 'look at this', 'third']);
});

test('where nothing runs it is a message without its sign; to an agent that takes no words it is one with it', async () => {
  const world = await runnerWorld();
  const agent = listening();
  agent.held.open();
  await world.say('! grep -q x');
  const life = await world.start(agent.provider);
  await emptied(world);
  life.drain();
  await life.end;
  await world.say('! grep -q x');
  await world.start(echo);
  await emptied(world);
  expect(world.read()).toEqual(['grep -q x', '! grep -q x']);
});

test('a turn that ends while a word is on its way waits for it: it is answered once, in one place', async () => {
  const onItsWay = gate();
  const asked = gate();
  const { world, held } = await running(async () => {
    asked.open();
    await onItsWay.passed;
    return true;
  });
  await world.say('!one more thing');
  await asked.passed;
  held.open();
  await world.say('hello', 'other');
  await until(() => expect(world.read('other')).toEqual(['hello']));
  expect(world.read()).toEqual([]);
  onItsWay.open();
  await emptied(world);
  expect(world.read()).toEqual(['first']);
});

test('a stop ends the turn with the words that it heard', async () => {
  const { world, heard } = await running();
  await world.say('!one more thing');
  await until(() => expect(heard).toHaveLength(1));
  await world.stop();
  await emptied(world);
  expect(world.read()).toEqual([expect.stringMatching(/^Stopped by <@U1>/)]);
});

test('a runner that ends before the answer leaves both to its successor, in their order', async () => {
  const { world, heard } = await running();
  await world.say('!one more thing');
  await until(() => expect(heard).toHaveLength(1));
  await world.relaunch();
  await world.start(scriptedProvider());
  await emptied(world);
  expect(world.read()).toEqual(['first', '!one more thing']);
});

test('a word behind a stop is no word to what is stopped', async () => {
  const words: string[] = [];
  const { world, held } = await running((word) => words.push(word) > 0);
  await Promise.all([world.stop(), world.say('!do this instead')]);
  await until(() => expect(world.read()).toHaveLength(1));
  held.open();
  await emptied(world);
  expect(world.read()).toEqual([expect.stringMatching(/^Stopped by <@U1>/), 'do this instead']);
  expect(words).toEqual([]);
});

test('what is attached to a word lies there when the agent hears it', async () => {
  const words: string[] = [];
  const { world, held } = await running((word) => words.push(word) > 0);
  await world.say('!look', '1', { files: [world.fileSource.upload('shot.png', 'red')] });
  await until(() => expect(words).toHaveLength(1));
  const [, path = ''] = /^look\n\n\(Attached: `(.*)`\.\)$/.exec(words[0] ?? '') ?? [];
  expect(await readFile(path, 'utf8')).toBe('red');
  held.open();
  await emptied(world);
});

test('a word that waits for its files is not passed by the next one', async () => {
  const arrived = gate();
  const { world, held, heard } = await running();
  const { fileSource } = world;
  const fetch = fileSource.fetch.bind(fileSource);
  let asked = 0;
  fileSource.fetch = async (...args) => {
    asked += 1;
    await arrived.passed;
    return fetch(...args);
  };
  await world.say('!look', '1', { files: [fileSource.upload('shot.png', 'red')] });
  await world.say('!no, leave it');
  // Whoever is at this one has read those before it.
  await world.say('other', '2', { files: [fileSource.upload('a.txt', 'x')] });
  await until(() => expect(asked).toBe(2));
  arrived.open();
  await until(() => expect(heard).toEqual([expect.stringMatching(/^look/), 'no, leave it']));
  held.open();
  await emptied(world);
});

test('a word that came without all of its files waits for an answer that says so', async () => {
  const words: string[] = [];
  const { world, held } = await running((word) => words.push(word) > 0);
  const gone = world.fileSource.upload('shot.png', 'red');
  world.fileSource.remove(gone);
  await world.say('!look', '1', { files: [gone] });
  await until(() => expect(world.fileSource.asked).toHaveLength(1));
  held.open();
  await emptied(world);
  expect(world.read()).toEqual(['first', expect.stringMatching(/^_Attached, but not read: `shot.png`.*_\n\nlook/)]);
  expect(words).toEqual([]);
});

/** The files of a word are on their way for as long as anybody waits for them. */
async function onTheirWay(): Promise<Awaited<ReturnType<typeof running>> & { readonly arrive: () => void }> {
  const agent = await running();
  const { fileSource } = agent.world;
  const fetch = fileSource.fetch.bind(fileSource);
  const asked = gate();
  const arrived = gate();
  fileSource.fetch = async (file, to, signal) => {
    asked.open();
    const givenUp = new Promise((resolve) => signal.addEventListener('abort', resolve));
    await Promise.race([arrived.passed, givenUp]);
    return fetch(file, to, signal);
  };
  await agent.world.say('!look', '1', { files: [fileSource.upload('shot.png', 'red')] });
  await asked.passed;
  return { ...agent, arrive: () => arrived.open() };
}

test('a turn that ends does not wait for the files of a word: that is the next message', async () => {
  const { world, held, arrive } = await onTheirWay();
  held.open();
  await until(() => expect(world.read()).toEqual(['first']));
  arrive();
  await emptied(world);
  expect(world.read()).toEqual(['first', 'look']);
});

test('a word that is deleted before its agent hears it is taken back', async () => {
  const { world, held, heard } = await onTheirWay();
  const [word] = (await world.delivery.backlog(world.user)).slice(-1);
  await world.remove(word?.identity ?? '');
  await waiting(world, 3);
  held.open();
  await emptied(world);
  expect([world.read(), heard]).toEqual([['first'], []]);
});
