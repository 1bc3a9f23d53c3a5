// What of a session comes back in the next life: the files, the version before a broken one, or a fresh start with a word.
import { readFile, writeFile } from 'node:fs/promises';
import { RunnelError, retryable } from '@runnel/shared';
import { expect, test } from 'vitest';
import type { AgentProvider } from './agent/agent-provider.ts';
import type { SessionStore } from './store/session-store.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, runnerWorld, until, type RunnerWorld } from './testing/runner-world.ts';

/** Answers with what the note says, and writes the message into it. */
const notebook: AgentProvider = {
  name: 'notebook',
  async *startTurn({ directory, text }) {
    const note = `${directory.files}/note`;
    const before = await readFile(note, 'utf8').catch(() => '');
    await writeFile(note, text);
    yield { type: 'finished', stopReason: 'end_turn', reply: `was ${JSON.stringify(before)}` };
  },
};

/** One life for each message: what comes back, came from the store. */
async function liveThrough(
  world: RunnerWorld,
  messages: readonly string[],
  store: Partial<SessionStore> = {},
): Promise<void> {
  for (const message of messages) {
    await world.say(message);
    const life = await world.start(notebook, { idleTimeoutMs: 20, store: { ...world.store, ...store } });
    await life.end;
  }
}

/** A store in which the archives with these digests are broken. */
function broken(world: RunnerWorld, digests: readonly (string | undefined)[]): Pick<SessionStore, 'getArchive'> {
  return {
    async getArchive(at, file) {
      if (digests.includes(at.archive.digest)) throw new RunnelError('store_corrupt', 'bit rot');
      return world.store.getArchive(at, file);
    },
  };
}

async function digestNow(world: RunnerWorld): Promise<string | undefined> {
  return (await world.manifest())?.sessions[world.thread('1')]?.archive?.digest;
}

const answers = (world: RunnerWorld): string[] => world.read().filter((text) => !text.startsWith('Saved.'));

test('files come back in the next life', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a', 'b', 'c']);
  expect(answers(world)).toEqual(['was ""', 'was "a"', 'was "b"']);
});

test('threads that nobody touched for ninety days are let go, but not the one that wakes the runner', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a']);
  await world.say('b', '2');
  const life = await world.start(notebook, { idleTimeoutMs: 20 });
  await life.end;
  const read = await world.store.readManifest(world.user);
  if (read === undefined) throw new Error('there is no manifest');
  const long = Date.now() - 91 * 86_400_000;
  const sessions = Object.fromEntries(
    Object.entries(read.manifest.sessions).map(([key, record]) => [key, { ...record, updatedAt: long, covered: [] }]),
  );
  await world.store.writeManifest(world.user, { ...read.manifest, sessions }, read.revision);
  await liveThrough(world, ['c']);
  expect(world.read('1')).toContain('was "a"');
  expect(Object.keys((await world.manifest())?.sessions ?? {})).toEqual([world.thread('1')]);
});

test('a broken archive is replaced by the version before, with a word', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a', 'b']);
  await liveThrough(world, ['c'], broken(world, [await digestNow(world)]));
  expect(answers(world).at(-1)).toMatch(/^_The last saved state .* time before\._\n\nwas "a"$/);
});

test('where no version can be read the session starts afresh, with a word, and goes on from there', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a']);
  const first = await digestNow(world);
  await liveThrough(world, ['b']);
  const store = broken(world, [first, await digestNow(world)]);
  await liveThrough(world, ['c', 'd'], store);
  expect(answers(world).slice(-2)).toEqual([expect.stringMatching(/starts afresh.*\n\nwas ""$/), 'was "c"']);
});

test('what an earlier pod left in the folder is not taken for the saved state', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a']);
  const before = await world.manifest();
  const files = (await import('./session/session-directory.ts')).sessionDirectory(world.home, world.thread('1')).files;
  await writeFile(`${files}/note`, 'left by a zombie');
  await liveThrough(world, ['b']);
  expect(before).toBeDefined();
  expect(answers(world).at(-1)).toBe('was "a"');
});

test('a stop during a long restore ends it, and what is saved stands', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a']);
  const saved = await digestNow(world);
  const fetching = gate();
  await world.say('b');
  await world.start(notebook, {
    store: {
      ...world.store,
      async getArchive() {
        fetching.open();
        throw new RunnelError('store_unavailable', 'slow', { retry: retryable() });
      },
    },
  });
  await fetching.passed;
  await until(() => expect(world.status.of({ channel: 'D0', threadTs: '1.0' }).line).toBe('is restoring your files…'));
  await world.stop();
  await emptied(world);
  expect(answers(world).at(-1)).toBe('Stopped by <@U1>.');
  expect(await digestNow(world)).toBe(saved);
});

test('a long turn is saved meanwhile, and what it does after that too', async () => {
  const world = await runnerWorld();
  const held = gate();
  await world.say('a');
  await world.start(
    {
      name: 'slow',
      async *startTurn({ directory }) {
        await writeFile(`${directory.files}/note`, 'meanwhile');
        await held.passed;
        await writeFile(`${directory.files}/note`, 'at the end');
        yield { type: 'finished', stopReason: 'end_turn', reply: 'done' };
      },
    },
    { checkpointMs: 20 },
  );
  const saved = async (): Promise<string[]> => [...world.store.archives.values()].map(String);
  await until(async () => expect(await saved()).toEqual(['meanwhile']));
  await until(async () => expect(await digestNow(world)).toBeDefined());
  expect((await world.manifest())?.sessions[world.thread('1')]?.covered).toEqual([]);
  held.open();
  await emptied(world);
  expect(await saved()).toEqual(['meanwhile', 'at the end']);
  const [, last] = [...world.store.archives.keys()];
  expect(last).toContain(await digestNow(world));
});

test('one that cannot be saved meanwhile is tried again', async () => {
  const world = await runnerWorld();
  const held = gate();
  let tries = 0;
  await world.say('a');
  await world.start(
    {
      name: 'slow',
      async *startTurn() {
        await held.passed;
        yield { type: 'finished', stopReason: 'end_turn', reply: 'done' };
      },
    },
    {
      checkpointMs: 20,
      archiver: {
        pack: () => {
          tries += 1;
          return Promise.reject(new RunnelError('store_unavailable', 'disk full'));
        },
        unpack: () => Promise.resolve(undefined),
      },
    },
  );
  await until(() => expect(tries).toBeGreaterThan(2));
  held.open();
  await emptied(world);
});

test('a damaged manifest is replaced by the one before, with a word', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a', 'b']);
  const [, before] = await world.store.earlierManifests(world.user);
  await liveThrough(world, ['c'], {
    async readManifest(user) {
      const read = await world.store.readManifest(user);
      return read === undefined || before === undefined ? read : { ...read, manifest: before, unreadable: 1 };
    },
  });
  expect(answers(world).at(-1)).toMatch(/time before\._\n\nwas /);
});

test('what cannot be packed keeps the version before, and the answer says so', async () => {
  const world = await runnerWorld();
  await liveThrough(world, ['a']);
  const saved = await digestNow(world);
  await world.say('b');
  await world.start(notebook, {
    archiver: {
      pack: () => Promise.reject(new RunnelError('store_unavailable', 'disk full')),
      async unpack(file, directory) {
        await writeFile(`${directory.files}/note`, await readFile(file));
        return undefined;
      },
    },
  });
  await emptied(world);
  expect(answers(world).at(-1)).toMatch(/could not be saved.*\n\nwas "a"$/);
  expect(await digestNow(world)).toBe(saved);
});

test('what had to be left out is told once', async () => {
  const world = await runnerWorld();
  await world.say('a');
  await world.say('b');
  await world.start(echo, {
    archiver: {
      async pack(_, file) {
        await writeFile(file, '');
        return { kind: 'whole', leftOut: [{ path: 'files/huge.bin', why: 'too much' }] };
      },
      unpack: async () => undefined,
    },
  });
  await emptied(world);
  expect(world.read()).toEqual(['_Not kept when I sleep: `huge.bin` (too much)._\n\na', 'b']);
});

test('covered entries are kept as long as a redelivery may come, then dropped; a posted reply keeps no text', async () => {
  const world = await runnerWorld();
  await world.say('a');
  await world.start(echo, { seenMs: 300 });
  await emptied(world);
  await world.say('b');
  await emptied(world);
  const session = world.thread('1');
  expect((await world.manifest())?.sessions[session]?.covered.map((one) => one.reply)).toEqual(['', 'b']);
  await new Promise((resolve) => setTimeout(resolve, 320));
  await world.say('c');
  await emptied(world);
  expect((await world.manifest())?.sessions[session]?.covered.map((one) => one.reply)).toEqual(['c']);
});
