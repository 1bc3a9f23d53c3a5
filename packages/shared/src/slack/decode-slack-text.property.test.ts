import fc from 'fast-check';
import { expect } from 'vitest';
import { testProperty } from '../testing/check-property.ts';
import { hostileText } from '../testing/hostile-values.ts';
import { decodeSlackText } from './decode-slack-text.ts';

const piece = fc.oneof(
  fc.constantFrom(' ', ...'< > | @U0RUNNEL ! #C0 subteam^ https://x.dev &lt; &amp; :'.split(' ')),
  fc.constantFrom(
    '<@U0RUNNEL>',
    '<@U0RUNNEL|runnel>',
    '<http://README.md|README.md>',
    '<https://x.dev|docs>',
    '<!date^1^{date}|then>',
  ),
  hostileText.filter((text) => text.length < 100),
);
const encoded = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

testProperty('decoding never makes a text longer than it was', { of: encoded, runs: 300 }, (text) => {
  const decoded = decodeSlackText(text, 'U0RUNNEL');
  expect(decoded.length).toBeLessThanOrEqual(text.length);
});

testProperty('one who is addressed first is not part of what is said', { of: encoded, runs: 300 }, (text) => {
  const said = decodeSlackText(text, 'U0RUNNEL');
  expect(decodeSlackText(`<@U0RUNNEL>, ${text}`, 'U0RUNNEL').trimStart()).toBe(said.trimStart());
});

testProperty('what is neither a token nor an entity is left as it is', { of: encoded, runs: 100 }, (text) => {
  const plain = text.replaceAll(/[<&]/g, '');
  expect(decodeSlackText(plain)).toBe(plain);
});
