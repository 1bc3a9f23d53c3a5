// Agent text never pings anybody and shows as it was written. Two encodings: of a message's `text` and of a `markdown` block.
//
// Slack reads its own `<…>` tokens inside markdown blocks too, decodes entities for display and does not read the result again
// (measured on a live workspace: github.com/PostHog/posthog/pull/95054). Code is not encoded: it goes into rich text, which is literal.

/** Shows as nothing and keeps two characters from being read as one word. */
const WORD_JOINER = '\u2060';

const BROADCAST = /(?<!\w)@(?=(?:channel|here|everyone)\b)/gi;
const CODE_SPAN = /(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g;

/** For `text`, which Slack reads as mrkdwn. Source: docs.slack.dev/messaging/formatting-message-text, "Escaping text". */
export function defuseText(text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return escaped.replace(BROADCAST, `@${WORD_JOINER}`);
}

/** For a `markdown` block: formatting, quotations and links stay, Slack's tokens and HTML become plain characters. */
export function defuseMarkdown(markdown: string): string {
  const parts: string[] = [];
  let done = 0;
  for (const span of markdown.matchAll(CODE_SPAN)) {
    parts.push(defuseProse(markdown.slice(done, span.index)), defuseCodeSpan(span[0]));
    done = span.index + span[0].length;
  }
  return [...parts, defuseProse(markdown.slice(done))].join('');
}

function defuseProse(text: string): string {
  return text
    .replace(/<(https?:\/\/[^\s<>|]+)>(?=(\w?))/g, (_, address: string, next: string) =>
      next === '' ? address : `${address} `,
    )
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replaceAll('<', '&lt;')
    .replace(BROADCAST, `@${WORD_JOINER}`);
}

/** Nobody says whether entities are decoded in there; an invisible character between is right either way. */
function defuseCodeSpan(text: string): string {
  return text.replace(/<(?=[!@#])/g, `<${WORD_JOINER}`).replace(BROADCAST, `@${WORD_JOINER}`);
}

/** The length that `text` has at most in either encoding and as JSON. Always at least `text.length`. */
export function weigh(text: string): number {
  let weight = 0;
  for (let at = 0; at < text.length; at += 1) weight += weightAt(text, at);
  return weight;
}

/** What the UTF-16 unit at an index adds to `weigh`. */
export function weightAt(text: string, index: number): number {
  switch (text.charCodeAt(index)) {
    case 0x26: // &amp;
      return 5;
    case 0x3c: // &lt;
    case 0x3e: // &gt;
      return 4;
    case 0x40: // with a word joiner
    case 0x0a: // these three escaped in JSON
    case 0x22:
    case 0x5c:
      return 2;
    default:
      return 1;
  }
}
