// Whose runner is awake and whose sleeps, and the button that ends one on show.
import { avatar } from './avatar.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { duration } from './time.js';
import { people, userOf } from './views.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').RunnerRow} RunnerRow
 * @typedef {import('./actions.js').Actions} Actions
 */

/** @param {Store} store @param {Actions} actions */
export function runnerRows(store, actions) {
  const { fault } = store.runners;
  const rows = everybody(store);
  const anyAwake = rows.some((row) => row.state === 'awake');
  return [
    { key: 'heading', stamp: '', build: () => h('h2', {}, 'Runners') },
    ...(fault ? [{ key: 'fault', stamp: fault, build: () => h('p', { class: 'runner-fault' }, fault) }] : []),
    ...rows.map((row) => ({
      key: row.userKey,
      // Without the duration: a row that is drawn anew under the pointer would swallow the click on its button.
      stamp: `${row.user} ${row.state} ${row.detail} ${row.since}`,
      build: () => runnerRow(row, store, actions),
    })),
    {
      key: 'hint',
      stamp: String(anyAwake),
      build: () =>
        h(
          'p',
          { class: 'runner-hint' },
          anyAwake ? 'Kill one at work, and watch it recover.' : 'A message wakes a runner.',
        ),
    },
  ];
}

/** One row a person, in the order of the people; who has no runner sleeps. @param {Store} store @returns {RunnerRow[]} */
function everybody(store) {
  const known = people(store);
  const { rows } = store.runners;
  const ofPeople = known.map(
    (user) =>
      rows.find((row) => row.user === user.id) ?? {
        userKey: user.id,
        user: user.id,
        state: /** @type {const} */ ('asleep'),
        detail: '',
      },
  );
  return [...ofPeople, ...rows.filter((row) => !known.some((user) => user.id === row.user))];
}

/** The durations on the page, each second. */
export function tickDurations() {
  for (const element of document.querySelectorAll('[data-since]')) {
    element.textContent = duration(Number(element.getAttribute('data-since')));
  }
}

/** @param {RunnerRow} row @param {Store} store @param {Actions} actions */
function runnerRow(row, store, actions) {
  const user = userOf(store, row.user);
  return h(
    'div',
    { class: `runner ${row.state}`, role: 'group', 'aria-label': `Runner of ${user.realName}: ${row.state}` },
    h('span', { class: 'runner-face' }, avatar(user, 'small'), h('i', { class: 'dot' })),
    h(
      'span',
      { class: 'runner-words' },
      h('b', {}, user.realName),
      h('small', { title: row.detail }, runnerState(row)),
    ),
    row.state === 'awake' &&
      h(
        'button',
        {
          type: 'button',
          class: 'kill',
          title: `Kill the runner of ${user.realName} with SIGKILL`,
          'data-focus': 'kill',
          on: { click: () => void actions.kill(row) },
        },
        icon('bolt'),
        'Kill runner',
      ),
  );
}

/** State, how long, and what there is to say. @param {RunnerRow} row */
export function runnerState({ state, since, detail }) {
  return [
    state,
    ...(since ? [' ', h('span', { 'data-since': since }, duration(since))] : []),
    ...(detail ? [` · ${detail}`] : []),
  ];
}
