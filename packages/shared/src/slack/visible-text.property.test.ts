import fc from 'fast-check';
import { expect } from 'vitest';
import { testProperty } from '../testing/check-property.ts';
import { hostileText } from '../testing/hostile-values.ts';
import { decideChunks } from './decide-chunks.ts';
import { decodeSlackText } from './decode-slack-text.ts';
import { defuseMarkdown, defuseText } from './defuse-text.ts';
import { visibleText } from './visible-text.ts';

testProperty('what can be seen is left as it is', { of: fc.array(hostileText), runs: 300 }, (texts) => {
  const shown = visibleText(texts.join(''));
  expect(shown.isWellFormed()).toBe(true);
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  expect(visibleText(shown)).toBe(shown);
});

const PIECES =
  '\u001b \u009b [ ] ( ; ? 0 a m \u0007 \\ ` < > @ | & &lt; * <@U0RUNNEL <@U0RUNNEL| <http://x @here ``` ~~~ \r';
const piece = fc.constantFrom(' ', '\n', ...PIECES.split(' '));
const endless = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => {
  const text = pieces.join('');
  return text.repeat(Math.ceil(100_000 / text.length));
});

// What is quadratic takes minutes here, and the test its time-out.
testProperty('a long text of nothing but traps is dealt with', { of: endless, runs: 15 }, (text) => {
  for (const treat of [visibleText, defuseText, defuseMarkdown]) expect(treat(text)).toBeTypeOf('string');
  decodeSlackText(text, 'U0RUNNEL');
  expect(decideChunks(text)).toHaveProperty('kind');
});
