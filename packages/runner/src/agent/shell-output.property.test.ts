import { testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { ShellOutput } from './shell-output.ts';

const chunks = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 20 },
);

testProperty(
  'in pieces of any size the beginning and the end are kept, and what lies between is counted',
  { of: fc.tuple(chunks, fc.integer({ min: 1, max: 32 })), runs: 300 },
  ([pieces, limit]) => {
    const output = new ShellOutput(limit);
    const all = Buffer.concat(pieces);
    const early = Buffer.concat(pieces.map((piece) => output.add(piece)));
    expect(early).toEqual(all.subarray(0, limit));
    expect(output.keep()).toEqual({
      total: all.length,
      head: all.subarray(0, limit),
      tail: all.subarray(Math.max(limit, all.length - limit)),
      omitted: Math.max(0, all.length - 2 * limit),
    });
    expect(output.isPastBeginning).toBe(all.length >= limit);
  },
);
