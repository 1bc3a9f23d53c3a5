import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { cleanText, decodeOutput, looksBinary } from './shell-text.ts';

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((some) => Buffer.from(some)),
  fc.array(hostileText, { maxLength: 4 }).map((texts) => Buffer.from(texts.join(''))),
  fc
    .array(fc.constantFrom('\u001b[', '\u001b]0;', '\u001b', '31m', '\u0007', '\r', '\n', '50%', '\u009b', '€'), {
      maxLength: 30,
    })
    .map((pieces) => Buffer.from(pieces.join(''))),
);

testProperty('of any bytes what is shown can be shown, and again', { of: bytes, runs: 400 }, (output) => {
  const text = decodeOutput(output);
  expect([true, false]).toContain(looksBinary(text));
  const shown = cleanText(text);
  expect(shown.isWellFormed()).toBe(true);
  expect(shown).not.toMatch(/[\p{Cc}--[\t\n]]/v);
  expect(cleanText(shown)).toBe(shown);
});

testProperty(
  'text that needs no cleaning is left as it is',
  { of: fc.string({ unit: 'grapheme', maxLength: 100 }), runs: 100 },
  (text) => {
    expect(cleanText(decodeOutput(Buffer.from(text)))).toBe(text);
  },
);
