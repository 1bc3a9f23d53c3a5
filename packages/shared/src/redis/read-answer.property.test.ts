import fc from 'fast-check';
import { expect } from 'vitest';
import { z } from 'zod';
import { testProperty } from '../testing/check-property.ts';
import { readAnswer } from './read-answer.ts';

const flat = fc.array(fc.oneof(fc.string(), fc.integer()));
const nearlyFlat = fc.array(fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, true, undefined, [])));
const anything = fc.oneof(flat, nearlyFlat, fc.anything(), fc.array(fc.anything()));

testProperty('an answer is a flat list of texts, or a defect is said', { of: anything, runs: 200 }, (answer) => {
  const isFlat =
    Array.isArray(answer) &&
    Array.from<unknown>(answer).every((item) => typeof item === 'string' || Number.isFinite(item));
  if (!isFlat) expect(() => readAnswer(answer)).toThrow(z.core.$ZodError);
  else expect(readAnswer(answer)).toEqual(answer.map(String));
});
