import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defuseMarkdown, defuseText, weigh } from './defuse-text.ts';

const PINGS = ['<!channel>', '<!here|x>', '<!everyone>', '<!subteam^S123|@team>', '<@U0ADA>', '<#C0TEAM|team>'];
const NAMES = ['@channel', '@here', '@everyone', '@Channel'];
/** What Slack reads as a token, and the words that it links where names are linked. */
const LIVE = /<[!@#]|(?<!\w)@(channel|here|everyone)\b/i;

describe.each([
  ['text', defuseText],
  ['markdown', defuseMarkdown],
])('in %s', (_, defuse) => {
  test.each([...PINGS, ...NAMES])('%s pings nobody, in prose or in code', (ping) => {
    expect(ping).toMatch(LIVE);
    for (const around of [
      'hi X all',
      'X',
      '`X`',
      '`` ` X``',
      '```\nX\n```',
      '**X**',
      '[X](https://x.dev)',
      '> X',
      '\\X',
    ]) {
      expect(defuse(around.replace('X', ping))).not.toMatch(LIVE);
    }
  });

  test('nothing that anybody writes pings', () => {
    const piece = fc.oneof(
      fc.constantFrom(...PINGS, ...NAMES, '<', '>', '&', '&lt;', '!channel>', '`', '```', '\n', ' ', 'channel'),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(defuse(pieces.join(''))).not.toMatch(LIVE);
      }),
    );
  });

  test('no text grows over its weight', () => {
    const character = fc.constantFrom(
      '&',
      '<',
      '>',
      '@here ',
      '`',
      'l',
      't',
      ';',
      '"',
      '\n',
      '<https://x.dev>',
      '<!here>',
    );
    fc.assert(
      fc.property(fc.array(character, { maxLength: 60 }), (characters) => {
        const text = characters.join('');
        expect(defuse(text).length).toBeLessThanOrEqual(weigh(text));
        expect(text.length).toBeLessThanOrEqual(weigh(text));
      }),
    );
  });
});

test('formatting, quotations, links and comparisons stay', () => {
  const markdown = '# A\n> quoted\n- **b** [c](https://x.dev/?a=1&b=2) & `a < b`\n| 1 | 2 |';
  expect(defuseMarkdown(markdown)).toBe(markdown);
});

test('what looks encoded shows as written, and an address stays one', () => {
  expect(defuseMarkdown('write &lt; or <div>')).toBe('write &amp;lt; or &lt;div>');
  expect(defuseMarkdown('see <https://x.dev/a>.')).toBe('see https://x.dev/a.');
});
