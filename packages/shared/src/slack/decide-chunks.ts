// How a long text is cut into messages: at most three, at paragraphs, lines or words, never inside a character; each with whole fences.
import { weigh, weightAt } from './defuse-text.ts';
import { parseSegments, type Segment } from './markdown-segment.ts';

/** Slack refuses from about 13,200 characters of block text a message (github.com/slackapi/bolt-js/issues/2509), 12,000 a block. */
const CHUNK = 11_500;
const MESSAGES = 3;
/** Slack takes 50 blocks a message; some are needed beside the text. */
const SEGMENTS = 40;
const EXCERPT = 4_000;
/** `chat.update` takes 4,000 characters; some are needed beside the text. */
const CARD = 3_700;

export type Chunk = readonly Segment[];
export type LeftOut = { readonly lines: number; readonly characters: number };
export type Excerpt = {
  readonly kind: 'excerpt';
  readonly head: Chunk;
  readonly tail: Chunk;
  readonly leftOut: LeftOut;
};
/** `whole`: a message a chunk. `excerpt`: too much for that, its beginning and its end. */
export type Chunks = { readonly kind: 'whole'; readonly chunks: readonly Chunk[] } | Excerpt;

/** Of an answer or a notice. Lengths are counted as the characters that Slack gets, so a chunk never grows over its limit. */
export function decideChunks(markdown: string): Chunks {
  const segments = parseSegments(markdown);
  const chunks = markdown.length > CHUNK * MESSAGES ? [] : packChunks(segments);
  if (chunks.length > 0 && chunks.length <= MESSAGES) return { kind: 'whole', chunks };
  return takeExcerpt(segments, EXCERPT);
}

/** Of a card, which must fit into one update: the middle of a long one is left out. */
export function decideCard(markdown: string): Chunk {
  const segments = parseSegments(markdown);
  const total = markdown.length > CARD ? Infinity : segments.reduce((sum, segment) => sum + cost(segment), 0);
  if (total <= CARD && segments.length <= SEGMENTS) return segments;
  return excerptChunk(takeExcerpt(segments, CARD / 2 - 100));
}

/** An excerpt as one message that says what is missing; `more` is a sentence on where to find it. */
export function excerptChunk({ head, tail, leftOut }: Excerpt, more = ''): Chunk {
  const characters = `${leftOut.characters.toLocaleString('en')} characters`;
  const amount = leftOut.lines > 0 ? `${leftOut.lines.toLocaleString('en')} lines (${characters})` : characters;
  const note = `\n\n**… ${amount} left out …**${more === '' ? '' : ` ${more}`}\n\n`;
  return [...head, { kind: 'prose', text: note }, ...tail];
}

function packChunks(segments: readonly Segment[]): Chunk[] {
  const chunks: Segment[][] = [[]];
  let room = CHUNK;
  for (const segment of segments) {
    let rest: Segment | undefined = segment;
    while (rest !== undefined) {
      const chunk = chunks.at(-1) ?? [];
      const [fitting, left]: Cut =
        chunk.length < SEGMENTS ? cutSegment(rest, room, chunk.length === 0) : [undefined, rest];
      if (fitting !== undefined) chunk.push(fitting);
      rest = left;
      room -= fitting === undefined ? 0 : cost(fitting);
      if (rest === undefined) continue;
      chunks.push([]);
      room = CHUNK;
    }
  }
  const said = chunks.filter((chunk) => chunk.some((segment) => segment.text.trim() !== ''));
  return said.length === 0 ? [[]] : said;
}

type Cut = readonly [fitting: Segment | undefined, left: Segment | undefined];

/** `force`: cut inside a line where there is no better place. Otherwise the whole of it goes to the next message. */
function cutSegment(segment: Segment, room: number, force: boolean): Cut {
  if (cost(segment) <= room) return [segment, undefined];
  const most = longestPrefix(segment.text, room - overhead(segment));
  const at = findBreak(segment.text, most, force);
  if (at <= 0) return [undefined, segment];
  return [
    { ...segment, text: segment.text.slice(0, at) },
    { ...segment, text: segment.text.slice(at) },
  ];
}

/** A place in the second half of what fits: after a paragraph, a line, a word, and at last after a character. */
function findBreak(text: string, most: number, force: boolean): number {
  for (const boundary of ['\n\n', '\n', ...(force ? [' '] : [])]) {
    const found = text.lastIndexOf(boundary, most - boundary.length);
    if (found >= 0 && found + boundary.length > most / 2) return found + boundary.length;
  }
  return force ? most : 0;
}

function takeExcerpt(segments: readonly Segment[], budget: number): Excerpt {
  const head = takeHead(segments, budget);
  const tail = takeTail(segments, budget);
  const count = (measure: (text: string) => number): number => {
    const sum = (some: Chunk): number => some.reduce((total, segment) => total + measure(segment.text), 0);
    return Math.max(0, sum(segments) - sum(head) - sum(tail));
  };
  return {
    kind: 'excerpt',
    head,
    tail,
    leftOut: { lines: count(countLines), characters: count((text) => text.length) },
  };
}

function takeHead(segments: readonly Segment[], budget: number): Chunk {
  const taken: Segment[] = [];
  let room = budget;
  for (const segment of segments.slice(0, SEGMENTS / 2 - 1)) {
    const [fitting, left] = cutSegment(segment, room, taken.length === 0);
    if (fitting !== undefined) taken.push(fitting);
    if (left !== undefined || fitting === undefined) return taken;
    room -= cost(fitting);
  }
  return taken;
}

function takeTail(segments: readonly Segment[], budget: number): Chunk {
  const taken: Segment[] = [];
  let room = budget;
  for (const segment of segments.slice(1 - SEGMENTS / 2).toReversed()) {
    const from = cost(segment) <= room ? 0 : tailStart(segment.text, room - overhead(segment));
    if (from < segment.text.length) taken.unshift({ ...segment, text: segment.text.slice(from) });
    if (from > 0) return taken;
    room -= cost(segment);
  }
  return taken;
}

/** Where the end that fits begins: at the start of a line in its first half, else at a character. */
function tailStart(text: string, room: number): number {
  let from = text.length;
  for (let weight = 0; from > 0; from -= 1) {
    weight += weightAt(text, from - 1);
    if (weight > room) break;
  }
  const line = text.indexOf('\n', from - 1) + 1;
  return line > 0 && line - from < (text.length - from) / 2 ? line : avoidHalves(text, from);
}

function longestPrefix(text: string, room: number): number {
  let end = 0;
  for (let weight = 0; end < text.length; end += 1) {
    weight += weightAt(text, end);
    if (weight > room) break;
  }
  return avoidHalves(text, end);
}

/** The same index, or the one before it where it lies between the halves of a surrogate pair. */
function avoidHalves(text: string, index: number): number {
  return index > 0 && isHighSurrogate(text.charCodeAt(index - 1)) ? index - 1 : index;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function cost(segment: Segment): number {
  return weigh(segment.text) + overhead(segment);
}

/** The two fences. */
function overhead(segment: Segment): number {
  return segment.kind === 'prose' ? 0 : 10;
}
