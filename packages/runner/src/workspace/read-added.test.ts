import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { GitPlace } from './git-place.ts';
import { readAdded } from './read-added.ts';

async function repository(): Promise<GitPlace & { readonly workTree: string }> {
  const workTree = await mkdtemp(join(tmpdir(), 'runnel-added-'));
  onTestFinished(() => rm(workTree, { recursive: true }));
  execFileSync('git', ['init', '--quiet', workTree]);
  return { path: '/usr/bin:/bin', gitDir: join(workTree, '.git'), workTree };
}

/** Ids of the processes that this one has started. */
function children(): string {
  return readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8');
}

test('a turn may add more than is held in memory at once: it is read file by file', async () => {
  const place = await repository();
  const line = `${'diff --git '.repeat(9)}\n`;
  const text = line.repeat(10_000);
  const names = Array.from({ length: 80 }, (_, n) => `file ${n}`).toSorted();
  for (const name of names) await writeFile(join(place.workTree, name), text);
  execFileSync('git', ['add', '--all'], { cwd: place.workTree });
  const read: string[] = [];
  for await (const added of readAdded(place, ['diff', '--cached'])) {
    if (read.length === 0) expect(children(), 'git still writes').not.toBe('');
    read.push(added.path);
    expect(added.text === text.slice(0, -1)).toBe(true);
  }
  expect(read).toEqual(names);
});

test('what git cannot do is an error, in its words', async () => {
  const place = await repository();
  const read = async (): Promise<unknown> => (await readAdded(place, ['log', 'no-such-branch']).next()).value;
  await expect(read()).rejects.toThrow(/no-such-branch/);
});
