// `forget me`: nothing is left of a person but what answers this very word, whatever ran meanwhile and whichever runner died.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { AgentProvider } from './agent/agent-provider.ts';
import { askWords } from './progress/ask-words.ts';
import { gate } from './testing/gate.ts';
import { emptied, readerOf, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

const SECRET = 'a word that only they said';

const worker: AgentProvider = {
  name: 'worker',
  async *startTurn({ text, directory, history }) {
    await mkdir(directory.files, { recursive: true });
    await writeFile(`${directory.files}/note`, text);
    yield { type: 'finished', stopReason: 'end_turn', reply: `${text}, after ${history.length}` };
  },
};

const asked = (world: RunnerWorld): Promise<unknown> =>
  until(() => expect(world.pressable().buttons.map(({ label }) => label)).toEqual(['Delete everything', 'Keep it']));

/** All that the store says of the person, as text. */
async function kept(world: RunnerWorld): Promise<string> {
  const all = [await world.manifest(), ...(await world.store.earlierManifests(world.user))];
  const archives = [...world.store.archives].flatMap(([key, content]) => [key, content.toString()]);
  return JSON.stringify([all, archives]);
}

async function expectForgotten(world: RunnerWorld): Promise<void> {
  expect(await kept(world)).not.toContain(SECRET);
  expect([...world.store.archives.keys()]).toEqual([]);
  const manifest = await world.manifest();
  expect(Object.keys(manifest?.sessions ?? {})).toEqual([world.thread('1')]);
  expect(manifest?.chosen).toBeUndefined();
  expect(await readdir(world.home)).not.toContain('sessions');
  expect(world.read('1').filter((text) => text.startsWith('All that I kept of you is deleted'))).toHaveLength(1);
}

/** Two threads in which something was done, and the word in a third. */
async function told(world: RunnerWorld, changes = {}) {
  await world.say('agent worker', '4');
  for (const thread of ['2', '3']) await world.say(SECRET, thread);
  const life = await world.start(worker, changes);
  await emptied(world);
  expect(await kept(world)).toContain(SECRET);
  expect((await world.manifest())?.chosen).toEqual({ agent: 'worker' });
  await world.say('forget me', '1', { early: true });
  await asked(world);
  return life;
}

test('confirmed, all of it goes, and the next message begins anew', async () => {
  const world = await runnerWorld();
  const life = await told(world);
  await world.decide('Delete everything');
  expect(await life.end, 'the next runner does it').toBe(0);
  await world.start(worker);
  await emptied(world);
  await expectForgotten(world);
  await world.say('hello', '2');
  await emptied(world);
  expect(world.read('2').at(-1)).toBe('hello, after 0');
});

test('otherwise nothing goes', async () => {
  const world = await runnerWorld();
  await told(world);
  await world.decide('Keep it');
  await emptied(world);
  expect(world.read('1').at(-1)).toBe('Nothing was deleted.');
  expect(await kept(world)).toContain(SECRET);
});

test('it is parked, and expires as a no', async () => {
  const world = await runnerWorld();
  const life = await told(world, { idleTimeoutMs: 100 });
  expect(await life.end).toBe(0);
  await world.decide('Delete everything', { at: Date.now() + 2_000 });
  await world.start(worker, { permissionTimeoutMs: 1_000 });
  await emptied(world);
  expect(world.read('1').join()).toContain(askWords.expired);
  expect(await kept(world)).toContain(SECRET);
});

test('confirmed when it was parked it is done all the same', async () => {
  const world = await runnerWorld();
  const life = await told(world, { idleTimeoutMs: 100 });
  expect(await life.end).toBe(0);
  await world.decide('Delete everything');
  const second = await world.start(worker);
  expect(await second.end).toBe(0);
  await world.start(worker);
  await emptied(world);
  await expectForgotten(world);
});

test('a turn of another thread writes nothing back: it is canceled, and run again in a thread that begins afresh', async () => {
  const world = await runnerWorld();
  const life = await told(world);
  const [isRunning, never] = [gate(), gate()];
  life.drain();
  await life.end;
  const slow: AgentProvider = {
    name: 'worker',
    async *startTurn(_, signal) {
      isRunning.open();
      signal.addEventListener('abort', never.open);
      await never.passed;
      yield { type: 'finished', stopReason: 'canceled', reply: '' };
    },
  };
  await world.say('slow', '2');
  const second = await world.start(slow);
  await isRunning.passed;
  await world.decide('Delete everything');
  expect(await second.end).toBe(0);
  await world.start(worker);
  await emptied(world);
  expect(await kept(world)).not.toContain(SECRET);
  expect(world.read('2')).toEqual([`${SECRET}, after 0`, 'slow, after 0']);
});

test.each(['the store', 'Redis', 'the last write', 'the answer'])(
  'a runner that dies at %s leaves it to the next one, and it is said once',
  async (at) => {
    const world = await runnerWorld();
    const life = await told(world);
    await world.decide('Delete everything');
    await life.end;
    const die = (): Promise<never> => {
      dying.exit();
      return new Promise(() => undefined);
    };
    const { store, replies, delivery } = world;
    const dying = await world.start(worker, {
      store: {
        ...store,
        forgetAllBut: (...args) => (at === 'the store' ? die() : store.forgetAllBut(...args)),
        writeManifest: (user, manifest, over) => {
          const isDone = manifest.sessions[world.thread('1')]?.forgotten !== undefined;
          return isDone && at === 'the last write' ? die() : store.writeManifest(user, manifest, over);
        },
      },
      delivery: {
        ...readerOf(delivery),
        forget: (holder) => (at === 'Redis' ? die() : delivery.forget(holder)),
      },
      replies: {
        ...replies,
        async post(reply, options) {
          const ts = await replies.post(reply, options);
          return at === 'the answer' ? die() : ts;
        },
      },
    });
    await dying.end.catch(() => undefined);
    await world.relaunch();
    await world.start(worker);
    await emptied(world);
    await expectForgotten(world);
  },
);

test('a stop while the confirmation is written takes it back: nobody is forgotten later', async () => {
  const world = await runnerWorld();
  const [isWriting, goOn] = [gate(), gate()];
  const heard: string[] = [];
  const hearing: AgentProvider = {
    name: 'worker',
    startTurn(request, signal) {
      heard.push(request.text);
      return worker.startTurn(request, signal);
    },
  };
  await world.say(SECRET, '2');
  const life = await world.start(hearing, {
    callTimeoutMs: 60_000,
    leaseMs: 200_000,
    store: {
      ...world.store,
      async writeManifest(user, manifest, over) {
        const record = manifest.sessions[world.thread('1')];
        if (record?.forgetting !== undefined && record.covered.length === 0) {
          isWriting.open();
          await goOn.passed;
        }
        return world.store.writeManifest(user, manifest, over);
      },
    },
  });
  await emptied(world);
  await world.say('forget me', '1');
  await asked(world);
  await world.decide('Delete everything');
  await isWriting.passed;
  await world.stop('1');
  // What comes behind it has begun.
  await world.say('hello', '3');
  await until(() => expect(heard).toContain('hello'));
  goOn.open();
  await life.end;
  expect((await world.manifest())?.sessions[world.thread('1')]?.forgetting).toBeUndefined();
  await world.say('later', '2');
  await world.start(worker);
  await emptied(world);
  expect(world.read('1').at(-1)).toContain('Stopped');
  expect(await kept(world)).toContain(SECRET);
});
