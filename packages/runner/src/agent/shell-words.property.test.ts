import { hostileText, testProperty } from '@runnel/shared/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import { answerInWords, unreadFiles } from './shell-words.ts';

const spoken = fc.constantFrom('help', ' Help!', 'hi', 'HELLO!!!', 'hey?', 'ls -la', '\t\n', 'hi there');
const message = fc.record({
  text: fc.oneof(
    hostileText,
    spoken,
    fc.array(fc.oneof(spoken, hostileText), { maxLength: 3 }).map((some) => some.join(' ')),
  ),
  fileNames: fc.array(hostileText, { maxLength: 3 }),
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

const fileName = fc.oneof(hostileText, fc.constantFrom('a`b', '``', '\n`x`'));

testProperty(
  'names of files cannot leave their quotes',
  { of: fc.array(fileName, { minLength: 1, maxLength: 3 }) },
  (names) => {
    const text = unreadFiles(names);
    expect(text.split('`')).toHaveLength(2 * names.length + 3);
    expect(text).not.toContain('\n');
  },
);
