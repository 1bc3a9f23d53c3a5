// The contract of a file source: whole or not at all, never more than asked for, and the reason where there is nothing.
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttachedFile } from '@runnel/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FileSource } from './file-source.ts';

export type FileSourceUnderTest = {
  readonly source: FileSource;
  readonly upload: (name: string, content: string) => AttachedFile;
  readonly remove: (file: AttachedFile) => void;
};

const unhurried = new AbortController().signal;

export function describeFileSource(name: string, open: () => Promise<FileSourceUnderTest>): void {
  describe(`the file source ${name}`, () => {
    test('brings all of a file, an empty one too', async () => {
      const { source, upload } = await open();
      const to = await target();
      const long = 'line\n'.repeat(100_000);
      await source.fetch(upload('a.txt', long), to, unhurried);
      expect(await readFile(to.path, 'utf8')).toBe(long);
      await source.fetch(upload('b.txt', ''), to, unhurried);
      expect(await readFile(to.path, 'utf8')).toBe('');
    });

    test('writes no more than it may', async () => {
      const { source, upload } = await open();
      const to = await target(1_000);
      await source.fetch(upload('a.txt', 'x'.repeat(1_000)), to, unhurried);
      await expect(source.fetch(upload('b.txt', 'x'.repeat(1_001)), to, unhurried)).rejects.toMatchObject({
        why: 'too_large',
      });
      expect((await stat(to.path)).size).toBeLessThanOrEqual(1_000);
    });

    test('says of a file that is not there any more that it is gone', async () => {
      const { source, upload, remove } = await open();
      const file = upload('a.txt', 'x');
      remove(file);
      await expect(source.fetch(file, await target(), unhurried)).rejects.toMatchObject({ why: 'gone' });
    });

    test('says of a file without an address that it is unknown', async () => {
      const { source } = await open();
      const fetching = source.fetch({ name: 'a.txt' }, await target(), unhurried);
      await expect(fetching).rejects.toMatchObject({ why: 'unknown' });
    });

    test('is broken off for the reason of its signal', async () => {
      const { source, upload } = await open();
      const reason = new Error('enough');
      const fetching = source.fetch(upload('a.txt', 'x'), await target(), AbortSignal.abort(reason));
      await expect(fetching).rejects.toBe(reason);
    });

    test('says what the file system says', async () => {
      const { source, upload } = await open();
      const { path } = await target();
      const fetching = source.fetch(upload('a.txt', 'x'), { path: join(path, 'b'), mostBytes: 10 }, unhurried);
      await expect(fetching).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });
}

async function target(mostBytes = 1_000_000) {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-attached-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return { path: join(folder, 'file'), mostBytes };
}
