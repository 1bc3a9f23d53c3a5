// The archive's digest and checksum are passed on purpose: what is damaged here is what was packed.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { RunnelError } from '@runnel/shared';
import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { encodeLayerHead } from './layer-head.ts';
import { restoreSession } from './restore-session.ts';
import { encodeTarHeader, tarEnd, tarPadding, type TarEntry } from './tar-format.ts';

const part = fc.oneof(
  fc.constantFrom('files', 'state', 'files', 'a', 'b', '..', '.', '', 'etc', 'evil', 'a/b'),
  hostileText.map((text) => text.slice(0, 300)),
);
const path = fc.oneof(
  fc.array(part, { maxLength: 4 }).map((parts) => parts.join('/')),
  fc.constantFrom('files', 'state', 'files/a', 'files/a/b', '/tmp/runnel-evil', 'files/../../evil'),
);
const entry: fc.Arbitrary<TarEntry> = fc.record({
  path,
  type: fc.constantFrom('File', 'Directory', 'Directory', 'SymbolicLink'),
  size: fc.constantFrom(0, 0, 5),
  mode: fc.constant(0o700),
  mtime: fc.constantFrom(undefined, new Date(1_000), new Date(1e15)),
  link: fc.oneof(path, fc.constantFrom('..', '../..', '/etc', '123')),
});
const rooted = fc
  .array(entry, { maxLength: 6 })
  .map((entries): TarEntry[] => [
    { path: 'files/', type: 'Directory', size: 0, mode: 0o700 },
    { path: 'state/', type: 'Directory', size: 0, mode: 0o700 },
    ...entries,
  ]);
const contents = fc.oneof(rooted, fc.array(entry, { maxLength: 6 }));
const layer = fc.record({ entries: contents, without: fc.array(path, { maxLength: 3 }) });
const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 3 });

testProperty(
  'of any archive nothing lands outside, and what cannot be unpacked is a fault of the archive and leaves nothing',
  { of: fc.tuple(contents, flips, fc.option(layer, { nil: undefined })), runs: 90 },
  async ([entries, damage, over]) => {
    const outer = await mkdtemp(join(tmpdir(), 'runnel-evil-'));
    try {
      const place = join(outer, 'place');
      const archive = join(outer, 'archive');
      await mkdir(place);
      await writeFile(archive, zstdCompressSync(damaged(pack(entries), damage)));
      const upper = join(outer, 'layer');
      const head = encodeLayerHead(over?.without ?? []);
      await writeFile(upper, zstdCompressSync(Buffer.concat([head, pack(over?.entries ?? [])])));
      const directory = { files: join(place, 'files'), state: join(place, 'state') };
      const restored =
        over === undefined ? restoreSession(archive, directory) : restoreSession(upper, directory, archive);
      const error = await restored.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect((await readdir(outer)).toSorted()).toEqual(['archive', 'layer', 'place']);
      expect((await readdir(place)).toSorted()).toEqual(error === undefined ? ['files', 'state'] : []);
      if (error === undefined) return;
      expect(error).toBeInstanceOf(RunnelError);
      expect(error).toMatchObject({ code: 'store_corrupt' });
    } finally {
      await rm(outer, { recursive: true, force: true });
    }
  },
);

function pack(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((one) => [
    encodeTarHeader(one) ?? Buffer.alloc(0),
    Buffer.alloc(one.size, 'x'),
    tarPadding(one.size),
  ]);
  return Buffer.concat([...blocks, tarEnd()]);
}

function damaged(bytes: Buffer, faults: readonly (readonly [at: number, byte: number])[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [at, byte] of faults) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ byte;
  return copy;
}
