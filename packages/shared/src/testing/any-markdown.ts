// Markdown as no person and no model should write it: half fences, odd languages, pings, what terminals obey.
import fc from 'fast-check';
import { hostileText } from './hostile-values.ts';

const line = fc.oneof(
  fc.constantFrom(
    '```',
    '````',
    '~~~',
    '  ```',
    '\t~~~~',
    '```ts',
    '~~~ a`b',
    '```<!channel>',
    '```@here x',
    '~~~<@U0ADA>',
    '> ```',
    '`code <!here>`',
    '`` ` ``',
    '<!channel> <@U0BEN>',
    '@everyone',
    '<https://x.dev>@here',
    '&lt;!here&gt;',
    '&amp;',
    '# Title',
    '- item',
    '1. one',
    '| a |',
    '',
    '\u001b[31mred\u001b[0m',
    '\0\b\r',
    '\ud83d',
    '😀'.repeat(30),
    'x'.repeat(3_000),
    '<&>@"\\'.repeat(300),
  ),
  hostileText.map((text) => text.slice(0, 50)),
  fc.stringMatching(/^[`~<>!@#&*_ ab\t]{0,12}$/),
);

export const anyMarkdown: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(line, { maxLength: 25, size: 'max' }),
    fc.constantFrom('\n', '\n', '\n', '', '\r\n'),
    fc.constantFrom(1, 1, 1, 6),
  )
  .map(([lines, end, times]) => Array.from({ length: times }, () => lines.join(end)).join('\n'));
