// `new`: a thread whose agents know nothing any more of what was said, and whose files are as they were.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { checkTurns } from './agent/check-turns.ts';
import { archiveFiles } from './store/archive-files.ts';
import { emptied, runnerWorld, type RunnerLife, type RunnerWorld } from './testing/runner-world.ts';

/** Adds what it was told to a file of the person's, and to a memory of its own. */
function remembering() {
  const turns: { readonly remembered: string; readonly file: string; readonly history: number }[] = [];
  const agent = checkTurns({
    name: 'remembering',
    async *startTurn({ text, directory: { files, state }, history }) {
      await mkdir(`${state}/memory`, { recursive: true });
      const [remembered, file] = await Promise.all(
        [`${state}/memory/all`, `${files}/notes`].map((path) => readFile(path, 'utf8').catch(() => '')),
      );
      turns.push({ remembered: remembered ?? '', file: file ?? '', history: history.length });
      await writeFile(`${state}/memory/all`, `${remembered}${text} `);
      for (const folder of ['home', 'attached']) {
        await mkdir(`${state}/${folder}`, { recursive: true });
        await writeFile(`${state}/${folder}/kept`, '');
      }
      await writeFile(`${state}/set-up`, '');
      await writeFile(`${files}/notes`, `${file}${text} `);
      yield { type: 'finished', stopReason: 'end_turn', reply: `${text} is done` };
    },
  });
  return { agent, turns };
}

type Remembering = ReturnType<typeof remembering>;

const start = (world: RunnerWorld, { agent }: Remembering): Promise<RunnerLife> =>
  world.start(agent, { archiver: archiveFiles });

async function say(world: RunnerWorld, ...messages: string[]): Promise<void> {
  for (const message of messages) await world.say(message);
  await emptied(world);
}

const forgotten =
  'What was said before is forgotten in here, and so is what you had allowed for good. The files stay, and so do your choice of agent and model.';

test('after `new` an agent knows nothing of what was said, and has the files', async () => {
  const [world, agent] = [await runnerWorld(), remembering()];
  await world.say('one');
  await start(world, agent);
  await say(world, 'two', '!New', 'three');
  expect(world.read()).toEqual(['one is done', 'two is done', forgotten, 'three is done']);
  expect(agent.turns).toEqual([
    { remembered: '', file: '', history: 0 },
    { remembered: 'one ', file: 'one ', history: 1 },
    { remembered: '', file: 'one two ', history: 0 },
  ]);
});

test('a thread that sleeps is brought back for it, and sleeps on without what was said', async () => {
  const [world, agent] = [await runnerWorld(), remembering()];
  await world.say('one');
  for (const message of ['new', 'two']) {
    const life = await start(world, agent);
    await emptied(world);
    life.drain();
    await life.end;
    await world.say(message);
  }
  const [folder = ''] = await readdir(`${world.home}/sessions`);
  expect(await readdir(`${world.home}/sessions/${folder}/state`), 'what is no conversation').toEqual([
    'attached',
    'home',
    'set-up',
  ]);
  await start(world, agent);
  await emptied(world);
  expect(world.read()).toEqual(['one is done', forgotten, 'two is done']);
  expect(agent.turns.at(-1)).toEqual({ remembered: '', file: 'one ', history: 0 });
});

test('a runner that dies before it could say so begins afresh once more', async () => {
  const [world, agent] = [await runnerWorld(), remembering()];
  await world.say('one');
  const first = await world.start(agent.agent, {
    archiver: archiveFiles,
    store: {
      ...world.store,
      writeManifest(user, manifest, over) {
        const covered = manifest.sessions[world.thread('1')]?.covered ?? [];
        if (covered.length < 2) return world.store.writeManifest(user, manifest, over);
        first.exit();
        return new Promise(() => undefined);
      },
    },
  });
  await world.say('new');
  await first.end;
  await world.relaunch();
  await start(world, agent);
  await say(world, 'two');
  expect(world.read()).toEqual(['one is done', forgotten, 'two is done']);
  expect(agent.turns.at(-1)).toEqual({ remembered: '', file: 'one ', history: 0 });
});

test('where nothing was done it says where a new thread is begun', async () => {
  const [world, agent] = [await runnerWorld(), remembering()];
  await world.say('new');
  await start(world, agent);
  await emptied(world);
  expect(world.read()).toEqual([
    'Nothing was done in this thread yet. To begin a new one, write to me outside of this one.',
  ]);
});
