// The middle: a channel or a DM, message by message.
import { avatar } from './avatar.js';
import { h, identity, keep } from './dom.js';
import { greeting } from './greeting.js';
import { icon } from './icons.js';
import { messageRow } from './message.js';
import { runnerState } from './runner-rows.js';
import { threadKey } from './store.js';
import { dateOf, day } from './time.js';
import { bot, channelOf, channelTitle, roots, userOf } from './views.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').Message} Message
 * @typedef {import('./actions.js').Actions} Actions
 * @typedef {{ message: Message, replies: Message[] }} Root
 */

// Messages of one person within five minutes stand together.
const TOGETHER_S = 300;

/** @param {{ title: HTMLElement, list: HTMLElement }} places @param {Store} store @param {Actions} actions */
export function drawConversation({ title, list }, store, actions) {
  const channel = channelOf(store);
  if (channel === undefined) return;
  const row = store.runners.rows.find((runner) => runner.user === store.me);
  const stamp = `${identity(channel)} ${store.me} ${row?.state} ${row?.detail} ${row?.since}`;
  keep(title, [{ key: 'title', stamp, build: () => titleBar(channel, row, store) }]);
  const all = roots(store);
  keep(list, all.length > 0 ? rows(all, store, actions) : [beginning(channel, store, actions)]);
}

/** @param {Root[]} all @param {Store} store @param {Actions} actions */
function rows(all, store, actions) {
  const shown = all.slice(-store.shown);
  const entries = shown.length < all.length ? [earlier(store)] : [];
  for (const [index, root] of shown.entries()) {
    const before = shown[index - 1];
    const date = day(root.message.ts);
    const isNewDay = before === undefined || day(before.message.ts) !== date;
    if (isNewDay) entries.push(divider(date));
    entries.push(entry({ ...root, compact: !isNewDay && isTogether(before, root.message) }, store, actions));
  }
  return entries;
}

/** @param {Store} store */
function earlier(store) {
  const more = () => store.set({ shown: store.shown * 2 });
  return {
    key: 'earlier',
    stamp: '',
    build: () => h('button', { type: 'button', class: 'earlier', on: { click: more } }, 'Show earlier messages'),
  };
}

/** @param {Root} before @param {Message} message */
function isTogether(before, message) {
  const apart = dateOf(message.ts).getTime() - dateOf(before.message.ts).getTime();
  const isPlain =
    before.replies.length === 0 && !before.message.deleted && !message.ephemeralTo && !before.message.ephemeralTo;
  return isPlain && before.message.user === message.user && apart < TOGETHER_S * 1000;
}

/** @param {string} date */
export function divider(date) {
  return { key: date, stamp: date, build: () => h('div', { class: 'day', role: 'separator' }, h('span', {}, date)) };
}

/** @param {Root & { compact: boolean }} root @param {Store} store @param {Actions} actions */
function entry({ message, replies, compact }, store, actions) {
  const key = threadKey(message.channel, message.ts);
  const editing = store.editing?.where === 'messages' && store.editing.ts === message.ts;
  const hanging = [...replies, store.statuses.get(key), store.sessions.get(key)].map(identity);
  return {
    key: message.ts,
    stamp: [store.me, identity(message), compact, editing, store.thread === message.ts, ...hanging].join(' '),
    build: () => messageRow({ message, replies, compact, where: /** @type {const} */ ('messages') }, store, actions),
  };
}

/** @param {import('./store.js').Channel} channel @param {import('./store.js').RunnerRow | undefined} row @param {Store} store */
function titleBar(channel, row, store) {
  const other = userOf(store, channel.members.find((member) => member !== store.me) ?? '');
  const openSidebar = () => store.set({ sidebarOpen: true });
  return h(
    'div',
    { class: 'title-bar' },
    h(
      'button',
      { type: 'button', class: 'tool menu-button', 'aria-label': 'Channels and people', on: { click: openSidebar } },
      icon('menu'),
    ),
    channel.kind === 'im' ? avatar(other, 'tiny') : icon('hash'),
    h('h2', {}, channelTitle(store, channel)),
    channel.kind === 'im' && other.isBot && h('span', { class: 'badge' }, 'App'),
    channel.kind === 'channel' && h('span', { class: 'members' }, `${channel.members.length} members`),
    row &&
      h(
        'span',
        { class: `pill ${row.state}` },
        h('i', { class: 'dot' }),
        h('span', {}, 'Your runner: ', runnerState({ ...row, detail: '' })),
      ),
  );
}

/** @param {import('./store.js').Channel} channel @param {Store} store @param {Actions} actions */
function beginning(channel, store, actions) {
  const stamp = `${store.me} ${identity(channel)} ${identity(store.suggested.get(channel.id))}`;
  return { key: 'beginning', stamp, build: () => empty(channel, store, actions) };
}

/** @param {import('./store.js').Channel} channel @param {Store} store @param {Actions} actions */
function empty(channel, store, actions) {
  if (channel.kind === 'im') return greeting(store, actions);
  return h(
    'div',
    { class: 'greeting' },
    h('span', { class: 'avatar large channel-sign' }, icon('hash')),
    h('h2', {}, `This is #${channel.name}`),
    h(
      'p',
      {},
      'Everybody here sees what is said. Mention ',
      h('span', { class: 'mention' }, `@${bot(store)?.name ?? 'app'}`),
      ' to have it answer in a thread.',
    ),
  );
}
