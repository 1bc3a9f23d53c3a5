// Slack's own mark-up, as messages and the texts of sections carry it.
import { h } from './dom.js';
import { angle, angleText, decode, EMOJI_RULE, scan } from './inline-text.js';

/**
 * @typedef {import('./inline-text.js').Directory} Directory
 * @typedef {import('./inline-text.js').Rule} Rule
 */

const FENCE = /```\n?([\s\S]*?)\n?```\n?/g;

/**
 * @param {string} text as Slack keeps it
 * @param {Directory} directory
 * @returns {Node[]}
 */
export function mrkdwn(text, directory) {
  const nodes = [];
  let done = 0;
  for (const match of text.matchAll(FENCE)) {
    nodes.push(...lines(text.slice(done, match.index).replace(/\n$/, ''), directory));
    nodes.push(h('pre', { tabindex: 0 }, h('code', {}, codeText(match[1] ?? '', directory))));
    done = match.index + match[0].length;
  }
  return [...nodes, ...lines(text.slice(done), directory)];
}

/**
 * Lines that begin with `>` are a quotation; the others are a paragraph.
 * @param {string} text
 * @param {Directory} directory
 * @returns {Node[]}
 */
function lines(text, directory) {
  if (text === '') return [];
  const quote = /^(?:&gt;|>) ?/;
  /** @type {{ quoted: boolean, lines: string[] }[]} */
  const groups = [];
  for (const line of text.split('\n')) {
    const quoted = quote.test(line);
    const last = groups.at(-1);
    if (last?.quoted === quoted) last.lines.push(line);
    else groups.push({ quoted, lines: [line] });
  }
  return groups.map((group) => {
    const content = group.lines.map((line) => (group.quoted ? line.replace(quote, '') : line)).join('\n');
    return h(group.quoted ? 'blockquote' : 'p', {}, mrkdwnLine(content, directory));
  });
}

/**
 * @param {string} text
 * @param {Directory} directory
 * @returns {(Node | string)[]}
 */
export function mrkdwnLine(text, directory) {
  /** @param {string} mark @param {string} tag @returns {Rule} */
  const around = (mark, tag) => ({
    pattern: new RegExp(
      `(?<![\\w${mark}])${mark}(?=[^\\s${mark}])([^${mark}\\n]*[^\\s${mark}])${mark}(?![\\w${mark}])`,
    ),
    build: ([, inner = '']) => h(tag, {}, mrkdwnLine(inner, directory)),
  });
  /** @type {Rule[]} */
  const rules = [
    { pattern: /`([^`\n]+)`/, build: ([, code = '']) => h('code', {}, codeText(code, directory)) },
    { pattern: /<([^<>\n]+)>/, build: ([, token = '']) => angle(token, directory) },
    around('\\*', 'strong'),
    around('_', 'em'),
    around('~', 's'),
    EMOJI_RULE,
  ];
  return scan(text, rules, decode);
}

/**
 * Code keeps no marks, but what Slack put between angle brackets reads as its label.
 * @param {string} code
 * @param {Directory} directory
 */
function codeText(code, directory) {
  return decode(code.replaceAll(/<([^<>\n]+)>/g, (_, token) => escape(angleText(token, directory))));
}

/** @param {string} text */
function escape(text) {
  return text.replaceAll('&', '&amp;');
}
