// A person as two letters on a colour of their own; the app as its sign.
import { h } from './dom.js';

/** @typedef {import('./store.js').User} User */

const COLOURS = 8;

/** @param {User} user @param {string} [size] a class: small or tiny */
export function avatar(user, size = '') {
  if (user.isBot) return h('img', { class: `avatar ${size}`, src: '/chat/page/icon.svg', alt: '' });
  const letters = user.realName
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0])
    .join('');
  return h('span', { class: `avatar colour-${colour(user.id)} ${size}`, 'aria-hidden': 'true' }, letters);
}

/** @param {string} id @returns {number} the same for the same person everywhere */
function colour(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % COLOURS;
}
