import { h } from './dom.js';
// Text with marks inside a line, as nodes. Each mark is a rule; what no rule claims stays text.
import { emoji } from './emoji.js';

/**
 * @typedef {{ userName(id: string): string, channelName(id: string): string, me: string }} Directory
 * @typedef {{ pattern: RegExp, build: (match: RegExpExecArray) => Node | string | undefined }} Rule
 */

/**
 * Applies the rule that matches first, then goes on behind it.
 * @param {string} text
 * @param {Rule[]} rules with global patterns
 * @param {(plain: string) => string} plain
 * @returns {(Node | string)[]}
 */
export function scan(text, rules, plain) {
  const nodes = [];
  const next = rules.map(({ pattern, build }) => ({ pattern, build, match: find(pattern, text, 0) }));
  let done = 0;
  for (;;) {
    for (const rule of next) if (rule.match && rule.match.index < done) rule.match = find(rule.pattern, text, done);
    const first = next.reduce((best, rule) => (index(rule) < index(best) ? rule : best), next[0]);
    if (!first?.match) break;
    const { match } = first;
    const built = first.build(match);
    if (match.index > done) nodes.push(plain(text.slice(done, match.index)));
    nodes.push(built ?? plain(match[0]));
    done = match.index + match[0].length;
  }
  if (done < text.length) nodes.push(plain(text.slice(done)));
  return nodes;
}

/** @param {{ match: RegExpExecArray | null } | undefined} rule */
function index(rule) {
  return rule?.match?.index ?? Infinity;
}

/**
 * @param {RegExp} pattern
 * @param {string} text
 * @param {number} from
 */
function find(pattern, text, from) {
  const global = new RegExp(pattern, 'gu');
  global.lastIndex = from;
  return global.exec(text);
}

/**
 * Slack escapes three characters, and no others.
 * @param {string} text
 */
export function decode(text) {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/**
 * What stands between angle brackets: `@U1`, `#C1|general`, `!here`, `https://…|label`.
 * @param {string} token
 * @param {Directory} directory
 * @returns {Node}
 */
export function angle(token, directory) {
  const [target = '', label] = token.split('|', 2);
  const kind = target[0];
  if (kind === '@') {
    const id = target.slice(1);
    return h('span', { class: id === directory.me ? 'mention me' : 'mention' }, `@${directory.userName(id)}`);
  }
  if (kind === '#') return h('span', { class: 'mention' }, `#${label || directory.channelName(target.slice(1))}`);
  if (kind === '!') {
    const name = target.slice(1).split('^')[0] ?? '';
    return h('span', { class: 'mention me' }, label ? decode(label) : `@${name}`);
  }
  return link(decode(target), decode(label ?? target.replace(/^mailto:/, '')));
}

/** @param {string} token @param {Directory} directory */
export function angleText(token, directory) {
  return angle(token, directory).textContent ?? '';
}

/**
 * A link that opens elsewhere and tells nobody where it was; anything but web and mail addresses stays text.
 * @param {string} target
 * @param {...(Node | string)} label
 */
export function link(target, ...label) {
  if (!/^(https?:\/\/|mailto:)/i.test(target)) return h('span', {}, ...label);
  return h('a', { href: target, target: '_blank', rel: 'noopener noreferrer' }, ...label);
}

/** @type {Rule} */
export const EMOJI_RULE = {
  pattern: /(?<![\w:]):([a-z0-9_+-]+):(?![\w:])/,
  build: ([, name = '']) => {
    const picture = emoji(name);
    return picture && h('span', { class: 'emoji', role: 'img', 'aria-label': name, title: `:${name}:` }, picture);
  },
};
