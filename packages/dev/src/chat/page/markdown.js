// Standard markdown, as a `markdown` block carries it: what agents write. One pass over the lines, never any HTML.
import { h } from './dom.js';
import { angle, decode, EMOJI_RULE, link, scan } from './inline-text.js';

/**
 * @typedef {import('./inline-text.js').Directory} Directory
 * @typedef {import('./inline-text.js').Rule} Rule
 */

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^`]*)$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/**
 * Each takes lines from the front and answers with what they are, or undefined when they are none of its kind.
 * @type {((lines: string[], directory: Directory) => HTMLElement | undefined)[]}
 */
const KINDS = [fence, heading, rule, quotation, list, table, paragraph];

/**
 * @param {string} text
 * @param {Directory} directory
 * @returns {Node[]}
 */
export function markdown(text, directory) {
  const nodes = [];
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  while (lines.length > 0) {
    if (lines[0]?.trim() === '') lines.shift();
    else nodes.push(element(lines, directory));
  }
  return nodes;
}

/** @param {string[]} lines @param {Directory} directory */
function element(lines, directory) {
  for (const kind of KINDS) {
    const node = kind(lines, directory);
    if (node !== undefined) return node;
  }
  throw new Error('whatever is nothing else is a paragraph');
}

/** @param {string[]} lines */
function fence(lines) {
  const open = FENCE.exec(lines[0] ?? '');
  if (!open) return undefined;
  lines.shift();
  const mark = open[1] ?? '';
  const close = lines.findIndex((line) => new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`).test(line));
  const code = lines.splice(0, close < 0 ? lines.length : close);
  lines.shift();
  return h('pre', { tabindex: 0 }, h('code', { 'data-language': open[2]?.trim() || false }, code.join('\n')));
}

/** @param {string[]} lines @param {Directory} directory */
function heading(lines, directory) {
  const match = /^ {0,3}(#{1,6})\s+(.*?)\s*#*$/.exec(lines[0] ?? '');
  if (!match) return undefined;
  lines.shift();
  return h(
    'div',
    { class: 'heading', role: 'heading', 'aria-level': (match[1] ?? '').length + 2 },
    inline(match[2] ?? '', directory),
  );
}

/** @param {string[]} lines */
function rule(lines) {
  if (!/^ {0,3}([-*_])(\s*\1){2,}\s*$/.test(lines[0] ?? '')) return undefined;
  lines.shift();
  return h('hr');
}

/** @param {string[]} lines @param {Directory} directory */
function quotation(lines, directory) {
  if (!/^ {0,3}>/.test(lines[0] ?? '')) return undefined;
  const inner = take(lines, (line) => /^ {0,3}>/.test(line)).map((line) => line.replace(/^ {0,3}> ?/, ''));
  return h('blockquote', {}, markdown(inner.join('\n'), directory));
}

/** @param {string[]} lines @param {Directory} directory */
function list(lines, directory) {
  const first = item(lines[0]);
  if (first === undefined) return undefined;
  const isBelow = (/** @type {string} */ line) => line.trim() !== '' && line.startsWith(' '.repeat(first.indent + 1));
  const items = [];
  for (let next = item(lines[0]); next !== undefined; next = item(lines[0])) {
    if (next.indent !== first.indent || next.ordered !== first.ordered) break;
    lines.shift();
    const below = take(lines, isBelow);
    items.push(h('li', {}, inline(next.text, directory), markdown(below.join('\n'), directory)));
  }
  return first.ordered ? h('ol', { start: first.number }, items) : h('ul', {}, items);
}

/** @param {string | undefined} line */
function item(line) {
  const match = ITEM.exec(line ?? '');
  if (!match) return undefined;
  const [, space = '', mark = '', text = ''] = match;
  return { indent: space.length, ordered: /\d/.test(mark), number: Number.parseInt(mark, 10), text };
}

/** @param {string[]} lines @param {Directory} directory */
function table(lines, directory) {
  if (!lines[0]?.includes('|') || !TABLE_RULE.test(lines[1] ?? '')) return undefined;
  const [head, , ...rows] = take(lines, (line) => line.includes('|')).map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, '')
      .split(/(?<!\\)\|/),
  );
  /** @param {string} tag @param {string[]} cells */
  const row = (tag, cells) =>
    h(
      'tr',
      {},
      cells.map((cell) => h(tag, {}, inline(cell.trim().replaceAll('\\|', '|'), directory))),
    );
  return h(
    'div',
    { class: 'table' },
    h(
      'table',
      {},
      h('thead', {}, row('th', head ?? [])),
      h(
        'tbody',
        {},
        rows.map((cells) => row('td', cells)),
      ),
    ),
  );
}

/** @param {string[]} lines @param {Directory} directory */
function paragraph(lines, directory) {
  const [first = ''] = lines.splice(0, 1);
  const more = take(
    lines,
    (line) => line.trim() !== '' && !FENCE.test(line) && !ITEM.test(line) && !/^ {0,3}(#{1,6}\s|>)/.test(line),
  );
  return h('p', {}, inline([first, ...more].map((line) => line.trimEnd()).join('\n'), directory));
}

/** @param {string[]} lines @param {(line: string) => boolean} belongs */
function take(lines, belongs) {
  const end = lines.findIndex((line) => !belongs(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

/**
 * @param {string} text
 * @param {Directory} directory
 * @returns {(Node | string)[]}
 */
function inline(text, directory) {
  /** @param {string} inner */
  const within = (inner) => inline(inner, directory);
  /** @type {Rule[]} */
  const rules = [
    { pattern: /\\([!-/:-@[-`{-~])/, build: ([, character = '']) => character },
    {
      pattern: /(?<!`)(`+)(?!`)([\s\S]*?[^`])\1(?!`)/,
      build: ([, , code = '']) => h('code', {}, code.replace(/^ (.*\S.*) $/, '$1')),
    },
    {
      pattern: /!?\[([^[\]]*)\]\(\s*([^\s()]+(?:\([^\s()]*\))?[^\s()]*)[^)]*\)/,
      build: ([, label = '', to = '']) => link(decode(to), ...within(label)),
    },
    {
      pattern: /<([@#!][^<>\s]+|(?:https?:\/\/|mailto:)[^<>\s]+)>/,
      build: ([, token = '']) => angle(token, directory),
    },
    { pattern: /(?<![\w/])https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)*_`\]]/, build: ([address]) => link(address, address) },
    { pattern: /\*\*(?=\S)((?:[^*]|\*(?!\*))*?\S)\*\*/, build: ([, inner = '']) => h('strong', {}, within(inner)) },
    { pattern: /(?<!\w)__(?=\S)([^_]*\S)__(?!\w)/, build: ([, inner = '']) => h('strong', {}, within(inner)) },
    { pattern: /(?<!\*)\*(?=[^\s*])([^*]*[^\s*])\*(?!\*)/, build: ([, inner = '']) => h('em', {}, within(inner)) },
    { pattern: /(?<!\w)_(?=[^\s_])([^_]*[^\s_])_(?!\w)/, build: ([, inner = '']) => h('em', {}, within(inner)) },
    { pattern: /~~(?=\S)([^~]*\S)~~/, build: ([, inner = '']) => h('s', {}, within(inner)) },
    EMOJI_RULE,
  ];
  return scan(text, rules, decode);
}
