// Before anything is said: what this is, and three things to click.
import { h } from './dom.js';
import { icon } from './icons.js';
import { bot, firstName, userOf } from './views.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./actions.js').Actions} Actions */

const FIRST_COMMANDS = [
  { title: 'Say hello', message: 'echo hello' },
  { title: 'Look around', message: 'git --version && ls' },
  { title: 'Watch it work', message: 'for i in 1 2 3; do echo $i; sleep 1; done' },
];
const TO_KILL = 'sleep 15; echo survived';

/** @param {Store} store @param {Actions} actions */
export function greeting(store, actions) {
  const app = bot(store)?.realName ?? 'the app';
  const suggested = store.suggested.get(store.channel);
  const post = (/** @type {string} */ message) => () => void actions.post(message);
  return h(
    'div',
    { class: 'greeting' },
    h('img', { class: 'avatar large', src: '/chat/page/icon.svg', alt: '' }),
    h('h2', {}, `Hello ${firstName(userOf(store, store.me).realName)}, this is ${app}`),
    h(
      'p',
      {},
      'Write a message: a runner of your own starts, does the work and answers in the thread. It sleeps when nobody writes, and wakes where it left off.',
    ),
    h('h3', {}, 'Three things to try'),
    h(
      'div',
      { class: 'prompts' },
      (suggested ?? FIRST_COMMANDS).map(({ title, message }) =>
        h(
          'button',
          { type: 'button', class: 'prompt', on: { click: post(message) } },
          h('b', {}, title),
          h('code', {}, message),
          icon('play'),
        ),
      ),
    ),
    h(
      'p',
      { class: 'hint' },
      icon('bolt'),
      h(
        'span',
        {},
        'Then send ',
        h('button', { type: 'button', class: 'inline-command', on: { click: post(TO_KILL) } }, TO_KILL),
        ' and press ',
        h('b', {}, 'Kill runner'),
        ' while it runs: a new one takes over, and there is still exactly one answer.',
      ),
    ),
  );
}
