import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { readShellMemory, rememberShell } from './shell-memory.ts';

const field = fc.oneof(
  fc.constantFrom('/tmp', '/', 'A=1', 'A=', '=x', 'PATH=/bin', 'PWD=/', 'RUNNEL_POD=x', 'a', ''),
  hostileText.map((text) => text.slice(0, 100)),
  fc.uint8Array({ maxLength: 10 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
/** Mostly nearly right: a folder, variables and an empty field, each ended by NUL. */
const left = fc
  .tuple(
    fc.constantFrom('/tmp', '/ü\n', 'tmp', ''),
    fc.array(field, { maxLength: 4 }),
    fc.constantFrom('\0\0', '\0', ''),
  )
  .map(([cwd, variables, end]) => Buffer.from([cwd, ...variables].join('\0') + end, 'latin1'));

testProperty(
  'whatever bash left is remembered whole, or not at all',
  { of: fc.tuple(left, left), runs: 50 },
  async ([before, after]) => {
    const folder = await mkdtemp(join(tmpdir(), 'runnel-shell-memory-'));
    try {
      const kept = join(folder, 'kept');
      const remembered = [];
      for (const bytes of [before, after]) {
        await writeFile(kept, bytes);
        await rememberShell(folder, kept, ['PATH=/bin']);
        remembered.push(await readShellMemory(folder));
      }
      for (const memory of remembered) {
        if (memory === undefined) continue;
        expect(memory.cwd.toString()).toMatch(/^\//);
        for (const variable of memory.variables) {
          expect(variable.includes(0)).toBe(false);
          expect(variable.toString('latin1')).toMatch(/^[^=]+=/);
          expect(variable.toString('latin1')).not.toMatch(/^(RUNNEL_.*|PWD)=|^PATH=\/bin$/);
        }
      }
      // What cannot be read changes nothing.
      if (!after.subarray(-2).equals(Buffer.alloc(2))) expect(remembered[1]).toEqual(remembered[0]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
