// The right side: one thread, from its first message to what goes on right now.
import { divider } from './conversation.js';
import { h, identity, keep } from './dom.js';
import { icon } from './icons.js';
import { messageRow } from './message.js';
import { statusLine } from './status-line.js';
import { threadKey } from './store.js';
import { activity, channelOf, channelTitle, thread } from './views.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').Message} Message
 * @typedef {import('./actions.js').Actions} Actions
 */

/** @param {{ pane: HTMLElement, title: HTMLElement, list: HTMLElement }} places @param {Store} store @param {Actions} actions */
export function drawThread({ pane, title, list }, store, actions) {
  const root = store.thread === undefined ? undefined : thread(store, store.thread);
  const channel = channelOf(store);
  pane.hidden = root === undefined;
  document.body.classList.toggle('thread-open', root !== undefined);
  // Nothing of it stays behind, least of all for another person.
  if (root === undefined || channel === undefined) return keep(list, []);
  keep(title, [
    {
      key: 'title',
      stamp: `${identity(channel)} ${store.me}`,
      build: () => titleBar(`${channel.kind === 'channel' ? '#' : ''}${channelTitle(store, channel)}`, actions),
    },
  ]);
  const { message, replies } = root;
  keep(list, [
    entry(message, store, actions),
    ...(replies.length > 0 ? [divider(replies.length === 1 ? '1 reply' : `${replies.length} replies`)] : []),
    ...replies.map((reply) => entry(reply, store, actions)),
    ...status(message, store, actions),
  ]);
}

/** @param {Message} message @param {Store} store @param {Actions} actions */
function entry(message, store, actions) {
  const editing = store.editing?.where === 'replies' && store.editing.ts === message.ts;
  return {
    key: message.ts,
    stamp: `${store.me} ${identity(message)} ${editing}`,
    build: () =>
      messageRow({ message, replies: [], compact: false, where: /** @type {const} */ ('replies') }, store, actions),
  };
}

/** @param {Message} root @param {Store} store @param {Actions} actions */
function status(root, store, actions) {
  const now = activity(store, root.ts);
  if (now === undefined) return [];
  const key = threadKey(root.channel, root.ts);
  const stamp = `${root.ts} ${identity(store.statuses.get(key))} ${identity(store.sessions.get(key))}`;
  return [{ key: 'status', stamp, build: () => statusLine(now, () => actions.stop(root.ts)) }];
}

/** @param {string} where @param {Actions} actions */
function titleBar(where, actions) {
  return h(
    'div',
    { class: 'title-bar' },
    h('h2', {}, 'Thread'),
    h('span', { class: 'members' }, where),
    h(
      'button',
      {
        type: 'button',
        class: 'tool close',
        title: 'Close (Esc)',
        'aria-label': 'Close thread',
        on: { click: () => actions.closeThread() },
      },
      icon('close'),
    ),
  );
}
