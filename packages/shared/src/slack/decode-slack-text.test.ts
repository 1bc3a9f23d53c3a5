import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeSlackText } from './decode-slack-text.ts';

const decode = (text: string): string => decodeSlackText(text, 'U0RUNNEL');

test.each([
  ['three escaped characters, once', 'a &lt; b &amp;&amp; c &gt; d &amp;lt;', 'a < b && c > d &lt;'],
  ['a mention of the bot at the start', '<@U0RUNNEL> ls -la', 'ls -la'],
  ['the same twice, with a colon', ' <@U0RUNNEL|runnel>:  <@U0RUNNEL>, do it', 'do it'],
  ['nothing but a mention', '<@U0RUNNEL>', ''],
  ['the bot inside a sentence', 'ask <@U0RUNNEL> please', 'ask @U0RUNNEL please'],
  ['other people', '<@U0ADA> and <@W0BEN|ben>', '@U0ADA and @W0BEN'],
  ['channels', 'see <#C1|general> and <#C2>', 'see #general and #C2'],
  ['everybody', '<!channel> <!here|here> <!everyone>', '@channel here @everyone'],
  ['groups', '<!subteam^S1|@team> <!subteam^S2>', '@team @S2'],
  ['dates', '<!date^1392734382^{date}|Feb 18>', 'Feb 18'],
  ['a name that Slack took for an address', 'cat <http://README.md|README.md>', 'cat README.md'],
  ['a bare address', 'curl <https://x.dev/?a=1&amp;b=2>', 'curl https://x.dev/?a=1&b=2'],
  ['a link with words', 'read <https://x.dev/a|the docs>', 'read the docs (https://x.dev/a)'],
  ['mail', '<mailto:a@b.co|a@b.co>', 'a@b.co'],
  ['what is no token', 'a <b> c', 'a <b> c'],
  ['lines and tabs', 'if x:\n\tprint(1)', 'if x:\n\tprint(1)'],
])('decodes %s', (_, text, meant) => {
  expect(decode(text)).toBe(meant);
});

test('without a bot every mention stays', () => {
  expect(decodeSlackText('<@U0RUNNEL> hi')).toBe('@U0RUNNEL hi');
});

test('what a person typed comes back as typed', () => {
  const escape = (typed: string): string =>
    typed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (typed) => {
      expect(decodeSlackText(escape(typed))).toBe(typed);
    }),
  );
});
