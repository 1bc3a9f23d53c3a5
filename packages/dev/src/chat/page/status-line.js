// What goes on right now, with something that moves, and the way to end it.
import { h } from './dom.js';

const EACH_LOADING_MS = 3000;

/** @param {{ words: string, loading: string[], stoppable: boolean }} activity @param {() => void} stop */
export function statusLine({ words, loading, stoppable }, stop) {
  const loads = h('span', { class: 'loading' }, loading[0] ?? '');
  if (loading.length > 1) turn(loads, loading);
  return h(
    'div',
    { class: 'status', role: 'status' },
    h('span', { class: 'wave', 'aria-hidden': 'true' }, h('i'), h('i'), h('i')),
    h('span', { class: 'status-words' }, words, ' ', loads),
    stoppable &&
      h(
        'button',
        { type: 'button', class: 'stop', 'data-focus': 'stop', on: { click: stop } },
        h('i', { 'aria-hidden': 'true' }),
        'Stop',
      ),
  );
}

/** Slack shows an app's loading messages one after the other. @param {HTMLElement} element @param {string[]} loading */
function turn(element, loading) {
  let at = 0;
  const timer = setInterval(() => {
    if (!element.isConnected) return clearInterval(timer);
    at = (at + 1) % loading.length;
    element.textContent = loading[at] ?? '';
  }, EACH_LOADING_MS);
}
