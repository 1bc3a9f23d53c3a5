// Markdown as Slack needs it: prose, which is formatted and defused, and fenced code, which must show exactly as written.

export type ProseSegment = { readonly kind: 'prose'; readonly text: string };
/** `text` is the inside of the fence without its last line feed, `language` the first word after the opening if it is a name. */
export type CodeSegment = { readonly kind: 'code'; readonly language: string; readonly text: string };
export type Segment = ProseSegment | CodeSegment;

const FENCE = /^([ \t]*)(`{3,}|~{3,})([^]*)$/;
/** It stands in a block that Slack reads: nothing there may be a token of Slack's, or end the fence. */
const LANGUAGE = /^[\w+#.-]{1,40}$/;

/** Finds every fence at any indentation; one that nobody closed ends with the text. */
export function parseSegments(markdown: string): Segment[] {
  const segments: Segment[] = [];
  const lines = markdown.split('\n');
  let prose: string[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const fence = readFence(lines[at] ?? '');
    if (fence === undefined) {
      prose.push(lines[at] ?? '');
      continue;
    }
    segments.push(...proseOf(prose, '\n'));
    prose = [];
    const { indent, mark, language } = fence;
    const end = findClose(lines, at + 1, mark);
    const inside = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    segments.push({ kind: 'code', language, text: inside.join('\n') });
    at = end;
  }
  return [...segments, ...proseOf(prose, '')];
}

/** Text as a code block that nothing in it can close. Ends with a line feed. */
export function codeFence(text: string, language = ''): string {
  let longest = 2;
  for (const [run] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}\n`;
}

/** Undefined for a line that opens none. Source: spec.commonmark.org, fenced code blocks. */
function readFence(line: string): { indent: string; mark: string; language: string } | undefined {
  const [, indent, mark, info = ''] = FENCE.exec(line) ?? [];
  if (indent === undefined || mark === undefined || (mark.startsWith('`') && info.includes('`'))) return undefined;
  const [word = ''] = info.trim().split(/\s/, 1);
  return { indent, mark, language: LANGUAGE.test(word) ? word : '' };
}

function proseOf(lines: readonly string[], end: string): Segment[] {
  const text = lines.join('\n') + (lines.length === 0 ? '' : end);
  return text === '' ? [] : [{ kind: 'prose', text }];
}

function findClose(lines: readonly string[], from: number, mark: string): number {
  const close = new RegExp(`^[ \\t]*${mark.charAt(0)}{${mark.length},}[ \\t]*$`);
  for (let at = from; at < lines.length; at += 1) if (close.test(lines[at] ?? '')) return at;
  return lines.length;
}
