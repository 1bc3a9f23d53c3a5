import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Chunk, decideCard, decideChunks, excerptChunk } from './decide-chunks.ts';
import { codeFence, parseSegments, type Segment } from './markdown-segment.ts';
import { shapeMessage } from './shape-message.ts';

const CHUNK = 11_500;
const MESSAGE = 12_500;

const textsOf = (chunk: Chunk, kind: Segment['kind']): string =>
  chunk.map((segment) => (segment.kind === kind ? segment.text : '')).join('');

function expectWithinLimits(chunk: Chunk): void {
  const { text, blocks } = shapeMessage({
    chunk,
    mention: 'U0123456789',
    possiblyRepeated: true,
    stop: { channel: 'C1', threadTs: '1.2' },
  });
  expect(chunk.reduce((sum, segment) => sum + segment.text.length, 0)).toBeLessThanOrEqual(CHUNK);
  expect(text.length).toBeLessThanOrEqual(MESSAGE);
  expect(countBlockText(blocks)).toBeLessThanOrEqual(MESSAGE);
  expect(blocks.length).toBeLessThanOrEqual(50);
  expect(text.isWellFormed()).toBe(true);
  // Fences of `text`: an even number of lines that are nothing but a fence.
  expect(text.split('\n').filter((line) => /^(<@U\w+> )?```$/.test(line)).length % 2).toBe(0);
}

/** As Slack counts a message: the characters of every text in its blocks. */
function countBlockText(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0;
  return Object.entries(node).reduce(
    (sum, [key, value]) => sum + (key === 'text' && typeof value === 'string' ? value.length : countBlockText(value)),
    0,
  );
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('😀'.repeat(40), 'x'.repeat(3_000), '<&>'.repeat(50), '- item', '> said', '', '👨‍👩‍👧'),
);
const lines = fc
  .array(word, { maxLength: 40, size: 'max' })
  .map((words) => words.join('\n').replaceAll(/[`~\r\u2028]/g, ''));
const piece: fc.Arbitrary<Segment> = fc.oneof(
  lines.map((text): Segment => ({ kind: 'prose', text: `${text}\n` })),
  fc
    .tuple(lines, fc.constantFrom('', 'ts', 'sh'))
    .map(([text, language]): Segment => ({ kind: 'code', text, language })),
);
const markdownOf = (segments: readonly Segment[]): string =>
  segments
    .map((segment) => (segment.kind === 'prose' ? segment.text : codeFence(segment.text, segment.language)))
    .join('');

describe('a text of any shape', () => {
  test('is never over a limit, and under it nothing is lost', () => {
    let whole = 0;
    let excerpts = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12, size: 'max' }), (segments) => {
        const markdown = markdownOf(segments);
        const decided = decideChunks(markdown);
        const chunks =
          decided.kind === 'whole' ? decided.chunks : [excerptChunk(decided, 'All of it is in `answer.md`.')];
        chunks.forEach(expectWithinLimits);
        expect(chunks.length).toBeLessThanOrEqual(3);
        if (decided.kind === 'excerpt') {
          excerpts += 1;
          return;
        }
        whole += 1;
        const parsed = parseSegments(markdown);
        for (const kind of ['prose', 'code'] as const) {
          const got = decided.chunks.map((chunk) => textsOf(chunk, kind)).join('');
          // Chunks of nothing but white space are left out.
          expect(got.replaceAll(/\s/g, '')).toBe(textsOf(parsed, kind).replaceAll(/\s/g, ''));
        }
      }),
      { numRuns: 300 },
    );
    expect(whole).toBeGreaterThan(20);
    expect(excerpts).toBeGreaterThan(20);
  });

  test('fits into a card', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (segments) => {
        const { text } = shapeMessage({ chunk: decideCard(markdownOf(segments)), mention: 'U0123456789' });
        expect(text.length).toBeLessThanOrEqual(4_000);
        expect(text.isWellFormed()).toBe(true);
      }),
    );
  });
});

test('a short text is one message, as it is', () => {
  expect(decideChunks('hello')).toEqual({ kind: 'whole', chunks: [[{ kind: 'prose', text: 'hello' }]] });
});

test('a long text is cut at a paragraph', () => {
  const paragraph = `${'word '.repeat(300).trim()}\n\n`;
  const decided = decideChunks(paragraph.repeat(10));
  const [first] = decided.kind === 'whole' ? decided.chunks : [];
  expect(textsOf(first ?? [], 'prose')).toBe(paragraph.repeat(7));
});

test('a long fence is closed and opened again with its language, at a line', () => {
  const decided = decideChunks(codeFence('let a = 1;\n'.repeat(2_000), 'ts'));
  const chunks = decided.kind === 'whole' ? decided.chunks : [];
  expect(chunks.length).toBe(3);
  for (const [segment] of chunks) {
    expect(segment).toMatchObject({ kind: 'code', language: 'ts' });
    expect(segment?.text).toMatch(/^let a = 1;\n(let a = 1;\n)*(let a = 1;)?$/);
  }
});

test('many small pieces are spread so that Slack takes the blocks of each message', () => {
  const decided = decideChunks(`word\n${codeFence('a')}`.repeat(50));
  const chunks = decided.kind === 'whole' ? decided.chunks : [];
  chunks.forEach(expectWithinLimits);
  expect(chunks.map((chunk) => textsOf(chunk, 'code')).join('')).toBe('a'.repeat(50));
});

test('60,000 lines are told by their beginning and their end', () => {
  const output = Array.from({ length: 60_000 }, (_, index) => `line ${index}`).join('\n');
  const decided = decideChunks(codeFence(output));
  if (decided.kind !== 'excerpt') throw new Error('expected an excerpt');
  expect(textsOf(decided.head, 'code')).toMatch(/^line 0\nline 1\n/);
  expect(textsOf(decided.tail, 'code')).toMatch(/^line \d+\n[^]*line 59999$/);
  const shown = textsOf([...decided.head, ...decided.tail], 'code').split('\n').length;
  expect(decided.leftOut.lines + shown).toBeGreaterThanOrEqual(60_000 - 1);
  expect(decided.leftOut.lines + shown).toBeLessThanOrEqual(60_000 + 1);
});

test.each(['', 'x'])('a line of 20,000 characters is two messages, each as full as it may be', (start) => {
  const text = `${start}${'😀'.repeat(10_000)}`;
  const decided = decideChunks(text);
  const chunks = decided.kind === 'whole' ? decided.chunks : [];
  chunks.forEach(expectWithinLimits);
  expect(chunks.map((chunk) => textsOf(chunk, 'prose')).join('')).toBe(text);
  expect(textsOf(chunks[0] ?? [], 'prose').length).toBeGreaterThan(CHUNK - 2);
});

test.each(['', 'x'])('a line of a megabyte is cut within, between characters', (start) => {
  const decided = decideChunks(codeFence(`${start}${'😀'.repeat(500_000)}`));
  if (decided.kind !== 'excerpt') throw new Error('expected an excerpt');
  const chunk = excerptChunk(decided);
  expectWithinLimits(chunk);
  expect(textsOf(chunk, 'code').isWellFormed()).toBe(true);
  expect(textsOf(chunk, 'prose')).toContain('characters left out');
});

// What is quadratic takes minutes here, and the test its time-out.
test.each([
  ['a megabyte of fences', '```\n'.repeat(250_000)],
  ['a megabyte of backticks', '`'.repeat(1_000_000)],
  ['an opening that goes on for a megabyte', `\`\`\`${'a'.repeat(1_000_000)}\``],
  ['a megabyte of spaces', ' '.repeat(1_000_000)],
  ['ten thousand code spans', '`a` '.repeat(10_000)],
  ['a megabyte of what grows', '<&'.repeat(500_000)],
])('%s is dealt with', (_, text) => {
  const decided = decideChunks(text);
  const chunks = decided.kind === 'whole' ? decided.chunks : [excerptChunk(decided)];
  chunks.forEach(expectWithinLimits);
  expect(chunks.length).toBeGreaterThan(0);
});

test('nothing at all is still a message', () => {
  expect(decideChunks(' \n ')).toEqual({ kind: 'whole', chunks: [[]] });
  expect(shapeMessage({ chunk: [] }).text).not.toBe('');
});
