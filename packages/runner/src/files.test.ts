// Files that a person attaches: there for the agent in the turn of their message, whatever becomes of that in between.
import { readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { AgentProvider, TurnRequest } from './agent/agent-provider.ts';
import { checkTurns } from './agent/check-turns.ts';
import { scriptedProvider } from './agent/scripted-provider.ts';
import type { FileSource } from './attached/file-source.ts';
import { gate } from './testing/gate.ts';
import { echo, emptied, runnerWorld, until } from './testing/runner-world.ts';

const question = { kind: 'question', text: 'Which one?', choices: [] } as const;
const permission = { kind: 'permission', title: 'rm -rf build', does: 'rm' } as const;

/** Says what is in the files that a turn came with. */
const reading: AgentProvider = {
  name: 'reading',
  async *startTurn({ files }) {
    const paths = files.flatMap((file) => ('path' in file ? [file.path] : []));
    const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
    yield { type: 'finished', stopReason: 'end_turn', reply: texts.join(', ') };
  },
};

test('what is attached lies there, within the session and outside of its files', async () => {
  const world = await runnerWorld();
  const requests: TurnRequest[] = [];
  const { fileSource } = world;
  await world.say('compare them', '1', {
    files: [fileSource.upload('a.txt', 'one'), fileSource.upload('a.txt', 'two')],
  });
  await world.start({
    ...reading,
    startTurn: (request, signal) => (requests.push(request), reading.startTurn(request, signal)),
  });
  await emptied(world);
  expect(world.read()).toEqual(['one, two']);
  const [{ directory, files } = { directory: undefined, files: [] }] = requests;
  for (const file of files) expect('path' in file && file.path.startsWith(`${directory?.state}/`)).toBe(true);
});

test('files alone are a prompt', async () => {
  const world = await runnerWorld();
  await world.say('', '1', { files: [world.fileSource.upload('plan.pdf', 'x')] });
  await world.start(checkTurns(echo));
  await emptied(world);
  expect(world.read()).toEqual([
    expect.stringMatching(/^Look at the attached files\.\n\n\(Attached: `.*\/plan\.pdf`\.\)$/),
  ]);
});

test('what is missing is told to the person and to the agent, and the turn runs', async () => {
  const world = await runnerWorld();
  const files = [world.fileSource.upload('a.txt', 'one'), world.fileSource.upload('b.txt', 'two')];
  world.fileSource.remove(files[1] ?? { name: '' });
  await world.say('compare them', '1', { files });
  await world.start(checkTurns(echo));
  await emptied(world);
  const missing = 'Attached, but not read: `b.txt` (not in Slack any more).';
  expect(world.read()).toEqual([expect.stringMatching(/^_.*_\n\ncompare them\n\n\(Attached: `.*\/a\.txt`\. .*\)$/)]);
  expect(world.read()[0]?.split(missing)).toHaveLength(3);
});

test('files of a message that an earlier version took are told as missing', async () => {
  const world = await runnerWorld();
  await world.say('read it', '1', { fileNames: ['a.txt'] });
  await world.start(checkTurns(echo));
  await emptied(world);
  expect(world.read()).toEqual([
    expect.stringContaining('`a.txt` (Slack did not say where to find it: send it again)'),
  ]);
});

test('a successor has them too, each once', async () => {
  const world = await runnerWorld();
  await world.say('read it', '1', { files: [world.fileSource.upload('a.txt', 'one')] });
  const began = gate();
  const first = await world.start(scriptedProvider(() => [{ wait: (began.open(), new Promise(() => undefined)) }]));
  await began.passed;
  first.exit();
  await world.relaunch();
  let folder = '';
  await world.start({
    ...reading,
    startTurn: (request, signal) => {
      const [file] = request.files;
      folder = file !== undefined && 'path' in file ? dirname(file.path) : '';
      return reading.startTurn(request, signal);
    },
  });
  await emptied(world);
  expect(world.read()).toEqual(['one']);
  expect(await readdir(folder)).toEqual(['a.txt']);
});

test('a stop ends a turn that waits for its files', async () => {
  const world = await runnerWorld();
  const asked = gate();
  const fileSource: FileSource = {
    async fetch(_, __, signal) {
      asked.open();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
    },
  };
  await world.say('read it', '1', { files: [{ name: 'a.txt', id: 'F1' }] });
  await world.start(echo, { fileSource, callTimeoutMs: 60_000, leaseMs: 600_000 });
  await asked.passed;
  await world.stop();
  await emptied(world);
  expect(world.read()).toEqual([expect.stringMatching(/^Stopped by <@U1>/)]);
});

test('what a stop held has its files when it is run, and is called by them', async () => {
  const world = await runnerWorld();
  const began = gate();
  await world.say('long');
  const life = await world.start(
    scriptedProvider(() => [{ wait: (began.open(), new Promise(() => undefined)) }]),
    {
      idleTimeoutMs: 50,
    },
  );
  await began.passed;
  await world.say('', '1', { files: [world.fileSource.upload('plan.pdf', 'one')] });
  await world.stop();
  expect(await life.end).toBe(0);
  expect(world.read()[0]).toMatch(/waits for your choice:\n- plan\.pdf$/);
  await world.press('run_now');
  await world.start(reading);
  await emptied(world);
  expect(world.read().at(-1)).toBe('one');
});

test('what was asked about has its files when its turn goes on', async () => {
  const world = await runnerWorld();
  await world.say('go', '1', { early: true, files: [world.fileSource.upload('a.txt', 'one')] });
  const life = await world.start(
    scriptedProvider(() => [{ ask: permission }]),
    { idleTimeoutMs: 50 },
  );
  expect(await life.end).toBe(0);
  await world.decide('allow');
  await world.start(reading);
  await emptied(world);
  expect(world.read().at(-1)).toBe('one');
});

test('with an answer to a question files are not read, and the agent is told so', async () => {
  const world = await runnerWorld();
  await world.say('go', '1', { early: true });
  await world.start(scriptedProvider(() => [{ ask: question }]));
  await until(() => expect(world.status.of({ channel: 'D0', threadTs: '1.0' }).line).toBe('waits for your answer'));
  await world.say('this one', '1', { files: [world.fileSource.upload('shot.png', 'red')] });
  await emptied(world);
  expect(world.read().at(-1)).toMatch(/^this one\n\n\(Attached to this answer, and not read: `shot\.png`\./);
  expect(world.fileSource.asked).toEqual([]);
});
