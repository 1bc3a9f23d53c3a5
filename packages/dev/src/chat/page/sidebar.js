// The left side: which workspace, who writes, where to, and whose runner is awake.
import { avatar } from './avatar.js';
import { h, identity, keep } from './dom.js';
import { icon } from './icons.js';
import { runnerRows } from './runner-rows.js';
import { bot, channelTitle, channelsOf, firstName, people, unread, userOf } from './views.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./actions.js').Actions} Actions */

/** @param {Store} store @param {Actions} actions */
export function drawSidebar(store, actions) {
  document.body.classList.toggle('sidebar-open', store.sidebarOpen);
  part('#scrim').hidden = !store.sidebarOpen;
  keep(part('#workspace'), [
    {
      key: 'name',
      stamp: store.team,
      build: () =>
        h('h1', {}, h('img', { class: 'avatar small', src: '/chat/page/icon.svg', alt: '' }), workspaceName(store)),
    },
    { key: 'connection', stamp: store.connection, build: () => connectionDot(store.connection) },
  ]);
  keep(part('#people'), [{ key: 'people', stamp: peopleStamp(store), build: () => writingAs(store, actions) }]);
  keep(part('#channels'), channelEntries(store, actions));
  keep(part('#runners'), runnerRows(store, actions));
  keep(part('#sidebar-end'), [
    {
      key: 'dashboard',
      stamp: store.dashboardUrl,
      build: () =>
        h(
          'a',
          { class: 'dashboard', href: store.dashboardUrl, target: '_blank', rel: 'noopener' },
          'Dashboard',
          icon('external'),
        ),
    },
  ]);
}

/** @param {string} selector @returns {HTMLElement} */
function part(selector) {
  return /** @type {HTMLElement} */ (document.querySelector(selector));
}

/** @param {Store} store */
function workspaceName(store) {
  return h('span', {}, store.team || 'Runnel');
}

/** @param {Store['connection']} connection */
function connectionDot(connection) {
  const words = { live: 'Connected', connecting: 'Connecting', lost: 'Not connected', refused: 'Not connected' }[
    connection
  ];
  return h('span', { class: `connection ${connection}`, title: words, role: 'img', 'aria-label': words });
}

/** @param {Store} store */
function peopleStamp(store) {
  return [
    store.me,
    ...people(store).map((user) => `${user.id}${user.id === store.me ? '' : unread(store, user.id)}`),
  ].join();
}

/** @param {Store} store @param {Actions} actions */
function writingAs(store, actions) {
  const choices = people(store).map((user) => {
    const waiting = user.id === store.me ? 0 : unread(store, user.id);
    const chosen = user.id === store.me;
    return h(
      'button',
      {
        type: 'button',
        role: 'radio',
        class: 'person',
        'aria-checked': String(chosen),
        tabindex: chosen ? 0 : -1,
        title: `Write as ${user.realName}`,
        'data-focus': user.id,
        on: { click: () => actions.writeAs(user.id) },
      },
      avatar(user, 'small'),
      h('span', {}, firstName(user.realName)),
      waiting > 0 && h('span', { class: 'count', 'aria-label': `${waiting} unread` }, waiting),
    );
  });
  const group = h('div', { role: 'radiogroup', class: 'persons', 'aria-labelledby': 'writing-as' }, choices);
  group.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const all = people(store);
    const next = all[(all.findIndex((user) => user.id === store.me) + step + all.length) % all.length];
    if (next === undefined) return;
    // The focus goes where the choice goes, through the drawing that follows.
    /** @type {HTMLElement | null} */ (group.querySelector(`[data-focus="${next.id}"]`))?.focus();
    actions.writeAs(next.id);
  });
  return h('div', {}, h('h2', { id: 'writing-as' }, 'Writing as'), group);
}

/** @param {Store} store @param {Actions} actions */
function channelEntries(store, actions) {
  const own = channelsOf(store, store.me);
  const heading = (/** @type {string} */ words) => ({ key: words, stamp: '', build: () => h('h2', {}, words) });
  const entry = (/** @type {import('./store.js').Channel} */ channel) => {
    const waiting = unread(store, store.me, channel.id);
    const current = channel.id === store.channel;
    return {
      key: channel.id,
      stamp: `${identity(channel)} ${store.me} ${current} ${waiting}`,
      build: () => channelButton({ channel, waiting, current }, store, actions),
    };
  };
  return [
    heading('Channels'),
    ...own.filter((channel) => channel.kind === 'channel').map(entry),
    heading('Direct messages'),
    ...own.filter((channel) => channel.kind === 'im').map(entry),
  ];
}

/** @param {{ channel: import('./store.js').Channel, waiting: number, current: boolean }} entry @param {Store} store @param {Actions} actions */
function channelButton({ channel, waiting, current }, store, actions) {
  const other = userOf(store, channel.members.find((member) => member !== store.me) ?? '');
  return h(
    'button',
    {
      type: 'button',
      class: waiting > 0 ? 'channel unread' : 'channel',
      'aria-current': current ? 'page' : false,
      'data-focus': channel.id,
      on: { click: () => actions.openChannel(channel.id) },
    },
    channel.kind === 'im' ? avatar(other, 'tiny') : icon('hash'),
    h('span', {}, channelTitle(store, channel)),
    channel.kind === 'im' && other.id === bot(store)?.id && h('span', { class: 'badge' }, 'App'),
    waiting > 0 && h('span', { class: 'count', 'aria-label': `${waiting} unread` }, waiting),
  );
}
