import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { answerInWords } from './shell-words.ts';

const spoken = fc.constantFrom('help', ' Help!', 'hi', 'HELLO!!!', 'hey?', 'ls -la', '\t\n', 'hi there');
const message = fc.record({
  text: fc.oneof(
    hostileText,
    spoken,
    fc.array(fc.oneof(spoken, hostileText), { maxLength: 3 }).map((some) => some.join(' ')),
  ),
  files: fc.array(
    fc.oneof(
      fc.record({ name: hostileText, path: fc.constant('/a/b') }),
      fc.record({ name: hostileText, missing: fc.constant('gone' as const) }),
    ),
    { maxLength: 3 },
  ),
});

testProperty(
  'what is not answered in words is a command that bash can be given',
  { of: message, runs: 400 },
  (said) => {
    const words = answerInWords(said);
    if (words === undefined) {
      expect(said.text.trim()).not.toBe('');
      expect(said.text).not.toContain('\0');
    } else {
      expect(words.reply).not.toBe('');
    }
  },
);
