// What a thread's saved state costs: a checkpoint of a checkout in which nothing changed, or little, and bringing it back.
import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { archiveFiles } from '@runnel/runner/serving';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';

const MB = 1e6;
const FILE_BYTES = 100_000;
const FILES_A_FOLDER = 100;
const CHANGED = 10;
const ROUNDS = 5;
const run = promisify(execFile);

export const checkpoints: Benchmark = {
  name: 'checkpoint',
  run: async () => [...(await measure('10 MB', 10 * MB)), ...(await measure('100 MB', 100 * MB))],
};

/** By itself about three minutes. */
export const largeCheckpoints: Benchmark = {
  name: 'large workspace',
  isLong: true,
  run: () => measure('1 GB', 1_000 * MB),
};

async function measure(size: string, bytes: number): Promise<Figure[]> {
  const root = await mkdtemp(join(tmpdir(), 'runnel-checkpoints-'));
  try {
    return await measureIn(root, size, bytes);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measureIn(root: string, size: string, bytes: number): Promise<Figure[]> {
  const directory = await makeCheckout(root, bytes);
  const { files } = directory;
  const [whole, layer] = [join(root, 'whole'), join(root, 'layer')];
  const first = await timed(() => archiveFiles.pack(directory, whole));
  const standing = first.result.standing ?? {};
  if (standing.fingerprint === undefined) {
    throw new Error(`In ${tmpdir()} no checkpoint builds on another one: name a folder on a disk in TMPDIR.`);
  }
  const floor = join(root, 'floor');
  const tar = await timed(() => shell('tar -cC "$1" . | zstd -q > "$2"', files, floor));
  const unchanged = await median(() => archiveFiles.pack(directory, layer, standing));
  const status = await median(() => run('git', ['-C', files, 'status', '--porcelain']));
  for (let n = 0; n < CHANGED; n += 1) await writeFile(join(files, '0', String(n)), `changed\n`);
  const changed = await median(() => archiveFiles.pack(directory, layer, standing));
  await run('git', ['-C', files, '-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-qam', 'Change']);
  await archiveFiles.pack(directory, layer, standing);
  const [uploaded, all] = [(await stat(layer)).size, (await stat(whole)).size];
  await mkdir(join(root, 'restored'));
  const restoring = await timed(() => archiveFiles.unpack(layer, placeIn(root, 'restored'), whole));
  await mkdir(join(root, 'tar'));
  const untar = await timed(() => shell('zstd -qdc "$1" | tar -xC "$2"', floor, join(root, 'tar')));
  const clone = await timed(() => run('git', ['clone', '-q', join(root, 'bare.git'), join(root, 'clone')]));
  const isLargest = size === '1 GB';
  return [
    {
      name: `checkpoint of an unchanged checkout of ${size}, p50`,
      value: round(unchanged, 0),
      unit: 'ms',
      floor: { name: 'git status, p50', value: round(status, 0) },
      goal: isLargest ? { text: 'under 300 ms', met: unchanged < 300 } : { text: 'none', met: true },
    },
    {
      name: `checkpoint with ${CHANGED} changed files in ${size}, p50`,
      value: round(changed, 0),
      unit: 'ms',
      floor: { name: 'git status, p50', value: round(status, 0) },
      goal: { text: 'none', met: true },
      detail: `all of it ${round(first.ms, 0)} ms, tar and zstd of the same ${round(tar.ms, 0)} ms`,
    },
    {
      name: `restore of ${size} and a layer`,
      value: round(restoring.ms, 0),
      unit: 'ms',
      floor: { name: 'zstd and tar of the same', value: round(untar.ms, 0) },
      goal: { text: 'none', met: true },
      detail: `git clone of its repository ${round(clone.ms, 0)} ms`,
    },
    {
      name: `uploaded for ${CHANGED} small changes and a commit in ${size}`,
      value: round(uploaded / 1_000, 1),
      unit: 'KB',
      floor: { name: 'all of it', value: round(all / 1_000, 1) },
      goal: { text: 'under 1 % of it, or 1 MB', met: uploaded < Math.max(all / 100, MB) },
    },
  ];
}

type Directory = Parameters<typeof archiveFiles.pack>[0];

function placeIn(root: string, name: string): Directory {
  return { files: join(root, name, 'files'), state: join(root, name, 'state') };
}

/** With borrowed objects, as a thread's is; content that cannot be compressed. */
async function makeCheckout(root: string, bytes: number): Promise<Directory> {
  const bare = join(root, 'bare.git');
  const seed = join(root, 'seed');
  await run('git', ['init', '-q', seed]);
  for (let n = 0; n * FILE_BYTES < bytes; n += 1) {
    const folder = join(seed, String(Math.floor(n / FILES_A_FOLDER)));
    if (n % FILES_A_FOLDER === 0) await mkdir(folder);
    await writeFile(join(folder, String(n)), randomFillSync(Buffer.alloc(FILE_BYTES)));
  }
  await run('git', ['-C', seed, '-c', 'core.compression=0', 'add', '-A']);
  await run('git', ['-C', seed, '-c', 'user.name=x', '-c', 'user.email=x', 'commit', '-qm', 'Begin']);
  await run('git', ['clone', '-q', '--bare', seed, bare]);
  await rm(seed, { recursive: true });
  const directory = placeIn(root, 'directory');
  await mkdir(directory.state, { recursive: true });
  await run('git', ['clone', '-q', '--shared', bare, directory.files]);
  // As it lies there when the next turn ends: nothing in it was changed a moment ago.
  await run('sync', ['-f', directory.files]);
  return directory;
}

function shell(script: string, ...words: readonly string[]): Promise<unknown> {
  return run('sh', ['-ec', script, 'sh', ...words]);
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const from = performance.now();
  const result = await work();
  return { ms: performance.now() - from, result };
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const samples: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) samples.push((await timed(work)).ms);
  return percentile(samples, 0.5);
}
