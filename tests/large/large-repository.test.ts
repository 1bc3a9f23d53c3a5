// A repository of 100,000 files: a checkout, a turn that changes one of them, one that adds 20,000, and sleep. In files and memory that a small pod has.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { archiveFiles } from '@runnel/runner/serving';
import { expect, test } from 'vitest';
import { openWorkspaceStage } from '../runner/workspace-stage.ts';

const FILES = 100_000;
const ADDED = 20_000;
const MB = 1024 ** 2;
/** Of a process that runs nothing else. */
const MOST_DESCRIPTORS = 100;
const MOST_GROWTH = 500 * MB;
// With the two cores to itself half a minute.
const TIMEOUT_MS = 400_000;

test(
  'a repository of 100,000 files is worked in, and comes back from sleep as it was',
  { timeout: TIMEOUT_MS },
  async () => {
    const stage = await openWorkspaceStage();
    await fill(stage.forgeFolder);
    const one = await stage.begin('1.0');
    expect((await tracked(one.git)).length).toBe(FILES);
    expect(await one.git('status', '--porcelain')).toBe('');

    await writeFile(join(one.files, nameOf(7)), 'changed\n');
    expect(await one.finish('One')).toMatchObject({ changes: { files: 1 }, pushed: { kind: 'pushed' } });

    addFiles(one.files);
    const watch = watchProcess();
    const many = await one.finish('Many');
    expect(many).toMatchObject({ changes: { files: ADDED, added: ADDED }, pushed: { kind: 'pushed' } });
    const { descriptors, growth } = watch.end();
    expect(descriptors).toBeLessThan(MOST_DESCRIPTORS);
    expect(growth).toBeLessThan(MOST_GROWTH);

    await writeFile(join(one.files, nameOf(8)), 'not committed\n');
    await writeFile(join(one.files, 'new.txt'), 'not known\n');
    await nothingIsFresh(one.files);
    const first = join(stage.forgeFolder, '..', 'first');
    const second = join(stage.forgeFolder, '..', 'second');
    const { standing } = await archiveFiles.pack(one.directory, first);
    const { kind } = await archiveFiles.pack(one.directory, second, standing);
    // Where a file system hides changes all is packed, into the same bytes, which are uploaded once.
    expect(kind === 'same' || (await digestOf(second)) === (await digestOf(first)), kind).toBe(true);

    const before = await tracked(one.git);
    await one.moveToNewPod(first);
    expect(await one.begin()).toBe('ready');
    expect(await tracked(one.git)).toEqual(before);
    expect(await one.git('status', '--porcelain')).toBe(` M ${nameOf(8)}\n?? new.txt\n`);
    expect(await one.finish('Rest')).toMatchObject({ changes: { files: 2 }, pushed: { kind: 'pushed' } });
  },
);

/** A hundred folders with twenty in each. */
function nameOf(n: number): string {
  return `d${Math.floor(n / 1_000)}/e${Math.floor(n / 50) % 20}/f${n}.ts`;
}

async function fill(gitDir: string): Promise<void> {
  const child = spawn('git', ['--git-dir', gitDir, 'fast-import', '--quiet'], { stdio: ['pipe', 'ignore', 'inherit'] });
  await pipeline(Readable.from(fastImport()), child.stdin);
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
}

function* fastImport(): Generator<string> {
  yield 'commit refs/heads/main\ncommitter Ada <ada@example.com> 1700000000 +0000\ndata 5\nBegin\n';
  for (let n = 0; n < FILES; n += 1) {
    const text = `export const value${n} = ${n};\n`;
    yield `M 100644 inline ${nameOf(n)}\ndata ${text.length}\n${text}\n`;
  }
}

function addFiles(files: string): void {
  for (let n = 0; n < ADDED; n += 1) {
    const folder = join(files, 'added', String(Math.floor(n / 500)));
    if (n % 500 === 0) mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${n}.txt`), `added ${n}\n`);
  }
}

/** The commit's tree: names, rights and contents. */
async function tracked(git: (...args: string[]) => Promise<string>): Promise<string[]> {
  return (await git('ls-tree', '-r', 'HEAD')).trim().split('\n');
}

/** Most of what it had open, and how much more memory than at first. */
function watchProcess() {
  const startedWith = process.memoryUsage.rss();
  let descriptors = 0;
  let memory = startedWith;
  const timer = setInterval(() => {
    descriptors = Math.max(descriptors, readdirSync('/proc/self/fd').length);
    memory = Math.max(memory, process.memoryUsage.rss());
  }, 5);
  return {
    end() {
      clearInterval(timer);
      return { descriptors, growth: memory - startedWith };
    },
  };
}

/** What was written in the tick of a checkpoint may be written again in it. */
async function nothingIsFresh(files: string): Promise<void> {
  const last = (await stat(join(files, 'new.txt'))).ctimeMs;
  await expect
    .poll(async () => {
      await writeFile(join(files, '..', 'clock'), '');
      return (await stat(join(files, '..', 'clock'))).ctimeMs;
    })
    .toBeGreaterThan(last);
}

async function digestOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
