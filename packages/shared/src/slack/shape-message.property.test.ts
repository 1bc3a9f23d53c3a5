import { expect } from 'vitest';
import { anyMarkdown } from '../testing/any-markdown.ts';
import { testProperty } from '../testing/check-property.ts';
import { decideCard, decideChunks, excerptChunk, type Chunk } from './decide-chunks.ts';
import { shapeMessage } from './shape-message.ts';
import { visibleText } from './visible-text.ts';

/** What Slack reads as a token, and the words that it links where names are linked. */
const LIVE = /<[!@#]|(?<!\w)@(channel|here|everyone)\b/i;
/** Slack refuses from about 13,200 characters of block text a message, and takes 50 blocks. */
const MOST_TEXT = 13_000;
const MOST_BLOCKS = 50;
const MENTION = '<@U0ADA>';

/** The texts that Slack reads; what is in rich text is literal. */
function readTexts(node: unknown): string[] {
  if (typeof node !== 'object' || node === null || ('type' in node && node.type === 'rich_text')) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) =>
    key === 'text' && typeof value === 'string' ? [value] : readTexts(value),
  );
}

function lengthOf(node: unknown): number {
  if (typeof node === 'string') return node.length;
  if (typeof node !== 'object' || node === null) return 0;
  return Object.entries(node).reduce(
    (sum, [key, value]: [string, unknown]) => sum + (key === 'type' ? 0 : lengthOf(value)),
    0,
  );
}

function expectHarmless(chunk: Chunk): void {
  const { text, blocks } = shapeMessage({ chunk, mention: 'U0ADA', stop: { channel: 'C0', threadTs: '1.0' } });
  for (const one of [text, ...readTexts(blocks)]) expect(one.replaceAll(MENTION, '')).not.toMatch(LIVE);
  expect(text.length).toBeLessThan(MOST_TEXT);
  expect(lengthOf(blocks)).toBeLessThan(MOST_TEXT);
  expect(blocks.length).toBeLessThanOrEqual(MOST_BLOCKS);
  expect(JSON.stringify([text, blocks]).isWellFormed()).toBe(true);
  // Slack takes no block without a text.
  for (const one of readTexts(blocks)) expect(one.trim()).not.toBe('');
}

testProperty(
  'whatever is said pings nobody but whom it is for, and Slack takes it',
  { of: anyMarkdown, runs: 200 },
  (said) => {
    const decided = decideChunks(visibleText(said));
    const chunks = decided.kind === 'whole' ? decided.chunks : [excerptChunk(decided, 'All of it is in `answer.md`.')];
    expect(chunks.length).toBeGreaterThan(0);
    for (const chunk of chunks) expectHarmless(chunk);
  },
);

testProperty('the same on a card', { of: anyMarkdown, runs: 100 }, (said) => {
  const card = decideCard(visibleText(said));
  expectHarmless(card);
  expect(shapeMessage({ chunk: card, mention: 'U0ADA' }).text.length).toBeLessThanOrEqual(4_000);
});
