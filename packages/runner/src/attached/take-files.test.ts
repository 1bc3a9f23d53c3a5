import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { AttachedFile } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import type { Prompt } from '../turn/turn-parts.ts';
import { FileMissing, type FileSource, type TakenFile } from './file-source.ts';
import { memoryFileSource } from './memory-file-source.ts';
import { takeFiles } from './take-files.ts';

const TS = '1900000001.000100';
const unhurried = new AbortController().signal;

/** A session, and how a message with these files takes them. */
async function openSession(fileSource: FileSource, callTimeoutMs = 60_000) {
  const root = await mkdtemp(join(tmpdir(), 'runnel-attached-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const directory = { files: join(root, 'files'), state: join(root, 'state') };
  const over = new AbortController();
  const parts = { fileSource, callTimeoutMs, over: over.signal, log: createLogger('test', 'silent') };
  const folder = join(directory.state, 'attached', TS);
  const prompt: Omit<Prompt, 'fileNames'> = {
    id: '1-0',
    identity: 'i',
    message: 'i',
    session: 'T0:D0:1.0',
    author: 'U1',
    ts: TS,
    text: '',
    edits: [],
  };
  return {
    over,
    folder,
    take: (files: readonly AttachedFile[], cancel = unhurried): Promise<TakenFile[]> =>
      takeFiles(parts, { prompt: { ...prompt, fileNames: files.map(({ name }) => name), files }, directory }, cancel),
    takeNames: (fileNames: readonly string[]) =>
      takeFiles(parts, { prompt: { ...prompt, fileNames }, directory }, unhurried),
  };
}

const missing = (taken: readonly TakenFile[]) => taken.map((file) => ('missing' in file ? file.missing : 'there'));

test('files lie in the session under names of ours, with what the person calls them beside', async () => {
  const source = memoryFileSource();
  const { take, folder } = await openSession(source);
  const files = [source.upload('../my plan.pdf', 'one'), source.upload('my plan.pdf', 'two')];
  expect(await take(files)).toEqual([
    { name: '../my plan.pdf', path: join(folder, 'my_plan.pdf') },
    { name: 'my plan.pdf', path: join(folder, 'my_plan-2.pdf') },
  ]);
  expect(await readFile(join(folder, 'my_plan-2.pdf'), 'utf8')).toBe('two');
});

test('the first ten are taken, of the others it is said', async () => {
  const source = memoryFileSource();
  const { take, folder } = await openSession(source);
  const files = Array.from({ length: 12 }, (_, n) => source.upload(`${n}.txt`, 'x'));
  expect(missing(await take(files)).slice(9)).toEqual(['there', 'too_many', 'too_many']);
  expect(source.asked).toHaveLength(10);
  expect(await readdir(folder)).toHaveLength(10);
});

test('one of more than 20 MB is not there, the others are', async () => {
  const source = memoryFileSource();
  const { take, folder } = await openSession(source);
  const most = 20 * 1024 * 1024;
  const files = [source.upload('a', 'x'.repeat(most)), source.upload('b', 'x'.repeat(most + 1))];
  expect(missing(await take(files))).toEqual(['there', 'too_large']);
  expect(await readdir(folder)).toEqual(['a']);
});

test('taken again they are those that are there, and only what is missing is fetched', async () => {
  const source = memoryFileSource();
  const { take, folder } = await openSession(source);
  const [one, other] = [source.upload('a', '1'), source.upload('b', '2')];
  source.remove(other);
  expect(missing(await take([one, other]))).toEqual(['there', 'gone']);
  await writeFile(join(folder, 'a'), 'changed by the agent');
  await take([one, other]);
  expect(source.asked.filter((id) => id === one.id)).toHaveLength(1);
  expect(source.asked).toHaveLength(3);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('changed by the agent');
});

test('half of a file is no file: nothing of it is left', async () => {
  const meanwhile: string[] = [];
  const half: FileSource = {
    async fetch(_, { path }) {
      await writeFile(path, 'half');
      meanwhile.push(...(await readdir(dirname(path))));
      throw new FileMissing('broken_off');
    },
  };
  const { take, folder } = await openSession(half);
  expect(missing(await take([{ name: 'a' }]))).toEqual(['broken_off']);
  expect(await readdir(folder)).toEqual([]);
  expect(meanwhile, 'a successor would take it for the file').toEqual([expect.stringMatching(/^\./)]);
});

const never: FileSource = {
  async fetch(_, __, signal) {
    signal.throwIfAborted();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    signal.throwIfAborted();
  },
};

test('what does not come in time is not waited for', async () => {
  const { take } = await openSession(never, 5);
  expect(missing(await take([{ name: 'a' }, { name: 'b' }]))).toEqual(['too_slow', 'too_slow']);
});

test('who cancels the turn ends it, and so does the end of the runner', async () => {
  const { take, over } = await openSession(never);
  await expect(take([{ name: 'a' }], AbortSignal.abort(new Error('canceled')))).rejects.toThrow('canceled');
  const taking = take([{ name: 'a' }]);
  over.abort(new Error('over'));
  await expect(taking).rejects.toThrow('over');
});

test('where nothing can be saved it is said', async () => {
  const source = memoryFileSource();
  const { take, folder } = await openSession(source);
  await mkdir(join(folder, '../..'), { recursive: true });
  await writeFile(join(folder, '..'), 'in the way');
  expect(missing(await take([source.upload('a', 'x')]))).toEqual(['not_saved']);
});

test('of a message that an earlier version took, only the names are known', async () => {
  const { takeNames } = await openSession(memoryFileSource());
  expect(await takeNames(['a.txt'])).toEqual([{ name: 'a.txt', missing: 'unknown' }]);
  expect(await takeNames([])).toEqual([]);
});
