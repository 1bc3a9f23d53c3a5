import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { encodeTarHeader, readTar, tarEnd, tarPadding, type TarEntry } from './tar-format.ts';

/** Names as a file system has them. */
const name = fc
  .oneof(
    hostileText,
    fc.stringMatching(/^[\w .=ü-]{1,120}$/),
    fc.constantFrom('123', '-1', 'a'.repeat(100), 'ß'.repeat(200)),
  )
  .map((text) => text.toWellFormed().replaceAll(/[/\0]/g, '').slice(0, 255))
  .filter((text) => !['', '.', '..'].includes(text));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `files/${names.join('/')}`);
const mode = fc.nat({ max: 0o777 });
const mtime = fc.option(
  fc.integer({ min: 1, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1_000)),
  { nil: undefined },
);

type Filled = { readonly entry: TarEntry; readonly content: Buffer };

const entry: fc.Arbitrary<Filled> = fc.oneof(
  fc.record({ path, mode, mtime, bytes: fc.uint8Array({ maxLength: 1_200 }) }).map(({ bytes, ...about }) => ({
    entry: { ...about, type: 'File' as const, size: bytes.length },
    content: Buffer.from(bytes),
  })),
  fc.record({ path, mode }).map((about) => ({
    entry: { path: `${about.path}/`, mode: about.mode, type: 'Directory' as const, size: 0 },
    content: Buffer.alloc(0),
  })),
  fc.record({ path, link: fc.oneof(name, path) }).map((about) => ({
    entry: { ...about, mode: 0o777, type: 'SymbolicLink' as const, size: 0 },
    content: Buffer.alloc(0),
  })),
);

/** The bytes of an archive, and what of it can be kept. */
function write(filled: readonly Filled[]): { tar: Buffer; kept: Filled[] } {
  const kept = filled.filter((one) => encodeTarHeader(one.entry) !== undefined);
  const blocks = kept.flatMap((one) => [
    encodeTarHeader(one.entry) ?? Buffer.alloc(0),
    one.content,
    tarPadding(one.entry.size),
  ]);
  return { tar: Buffer.concat([...blocks, tarEnd()]), kept };
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function readAll(tar: Buffer, size: number): Promise<Filled[]> {
  const reader = readTar(inPieces(tar, size));
  const all: Filled[] = [];
  for (let next = await reader.next(); next !== undefined; next = await reader.next()) {
    const content: Buffer[] = [];
    for await (const piece of reader.content(next)) content.push(piece);
    // A long name of a folder may lose its slash.
    const whole = next.type === 'Directory' ? `${next.path.replace(/\/$/, '')}/` : next.path;
    all.push({ entry: { ...next, path: whole }, content: Buffer.concat(content) });
  }
  return all;
}

const pieces = fc.constantFrom(100, 512, 700, 100_000);

testProperty(
  'what is packed is read back, in pieces of any size',
  { of: fc.tuple(fc.array(entry, { maxLength: 4 }), pieces), runs: 80 },
  async ([filled, size]) => {
    const { tar, kept } = write(filled);
    expect(await readAll(tar, size)).toEqual(kept);
  },
);

const damage = fc.array(
  fc.record({ at: fc.nat(), how: fc.constantFrom('flip', 'cut', 'double'), byte: fc.integer({ min: 1, max: 255 }) }),
  { minLength: 1, maxLength: 4 },
);

function damaged(bytes: Buffer, { at, how, byte }: { at: number; how: string; byte: number }): Buffer {
  const index = at % bytes.length;
  if (how === 'cut') return bytes.subarray(0, Math.max(1, index));
  if (how === 'double') return Buffer.concat([bytes.subarray(0, index), bytes]);
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ byte;
  return copy;
}

testProperty(
  'damaged bytes are an error, or entries of ours that hold no more than was there',
  { of: fc.tuple(fc.array(entry, { minLength: 1, maxLength: 3 }), damage), runs: 120 },
  async ([filled, faults]) => {
    const tar = faults.reduce(damaged, write(filled).tar);
    const got = await readAll(tar, 700).catch((error: unknown) => error);
    if (!Array.isArray(got)) {
      expect(got).toBeInstanceOf(Error);
      return;
    }
    const read: readonly Filled[] = got;
    expect(read.reduce((sum, one) => sum + one.content.length, 0)).toBeLessThanOrEqual(tar.length);
    for (const { entry: one } of read) {
      expect([typeof one.path, Number.isSafeInteger(one.size), one.mode & ~0o777]).toEqual(['string', true, 0]);
      if (one.type === 'SymbolicLink') expect(typeof one.link).toBe('string');
      else expect(Number.isNaN(one.mtime?.getTime())).toBe(false);
    }
  },
);

testProperty(
  'a header with one byte of another value, and an archive without its end, are errors',
  { of: fc.tuple(entry, fc.nat({ max: 147 }), fc.integer({ min: 1, max: 255 }), fc.nat()), runs: 100 },
  async ([filled, at, byte, length]) => {
    const { tar } = write([filled]);
    await expect(readAll(damaged(tar, { at, how: 'flip', byte }), 700)).rejects.toThrow(/./);
    await expect(readAll(tar.subarray(0, length % (tar.length - 512)), 700)).rejects.toThrow('cut off');
  },
);
