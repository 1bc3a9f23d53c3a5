import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeFence, parseSegments } from './markdown-segment.ts';

test('finds fences with their language, indented ones and those of tildes too', () => {
  const markdown = 'a\n```ts x\nb\n```\nc\n  ~~~\n  ``` d\n  ~~~\n';
  expect(parseSegments(markdown)).toEqual([
    { kind: 'prose', text: 'a\n' },
    { kind: 'code', language: 'ts', text: 'b' },
    { kind: 'prose', text: 'c\n' },
    { kind: 'code', language: '', text: '``` d' },
  ]);
});

test('a fence that nobody closed ends with the text, and code in a line is none', () => {
  expect(parseSegments('```\na')).toEqual([{ kind: 'code', language: '', text: 'a' }]);
  expect(parseSegments('```a``` b')).toEqual([{ kind: 'prose', text: '```a``` b' }]);
});

test('nothing inside closes a fence of ours', () => {
  const line = fc.oneof(fc.constantFrom('```', '````', '~~~', '  ```', '```ts'), fc.string({ maxLength: 8 }));
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), (lines) => {
      const text = lines.join('\n').replaceAll(/\n+$/g, '');
      expect(parseSegments(codeFence(text, 'sh'))).toEqual([{ kind: 'code', language: 'sh', text }]);
    }),
  );
});

test('a language with a backtick in it does not break the fence that is written for it', () => {
  const [code] = parseSegments('~~~ a`b\nx\n~~~');
  expect(code).toEqual({ kind: 'code', language: '', text: 'x' });
});
