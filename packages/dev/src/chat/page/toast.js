// A sentence at the edge of the page that goes by itself.
import { h } from './dom.js';

const LIFETIME_MS = 6000;

/** @param {string} sentence @param {'note' | 'fault'} [kind] */
export function toast(sentence, kind = 'note') {
  const element = h('div', { class: `toast ${kind}` }, sentence);
  document.querySelector('#toasts')?.append(element);
  setTimeout(() => element.remove(), LIFETIME_MS);
}
