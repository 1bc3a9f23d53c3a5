import { expect } from 'vitest';
import { anyMarkdown } from '../testing/any-markdown.ts';
import { testProperty } from '../testing/check-property.ts';
import { codeFence, parseSegments, type Segment } from './markdown-segment.ts';

const withoutLastLines = (segments: readonly Segment[]): Segment[] =>
  segments.map((segment) =>
    segment.kind === 'code' ? { ...segment, text: segment.text.replace(/\n+$/, '') } : segment,
  );

testProperty(
  'fences that are written anew are read as the same segments',
  { of: anyMarkdown, runs: 400 },
  (markdown) => {
    const segments = parseSegments(markdown);
    const written = segments.map((segment) =>
      segment.kind === 'prose' ? segment.text : codeFence(segment.text, segment.language),
    );
    expect(withoutLastLines(parseSegments(written.join('')))).toEqual(withoutLastLines(segments));
  },
);

/** What looks like a fence may also be the inside of another. */
const withoutFences = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^[ \t]*(`{3}|~{3})/.test(line))
    .join('');

testProperty('no line is lost but the fences', { of: anyMarkdown, runs: 400 }, (markdown) => {
  const letters = (text: string): string => text.replaceAll(/[^a-z]/g, '');
  const kept = parseSegments(markdown).map((segment) => withoutFences(segment.text));
  expect(letters(kept.join(''))).toBe(letters(withoutFences(markdown)));
});
