// One message: who, when, what; and what hangs on it: files, reactions, replies, a menu.
import { avatar } from './avatar.js';
import { blocks } from './blocks.js';
import { h } from './dom.js';
import { editBox } from './edit-box.js';
import { emoji } from './emoji.js';
import { icon } from './icons.js';
import { mrkdwn } from './mrkdwn.js';
import { statusLine } from './status-line.js';
import { clock, fullTime } from './time.js';
import { activity, directory, userOf } from './views.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').Message} Message
 * @typedef {{ message: Message, replies: Message[], compact: boolean, where: 'messages' | 'replies' }} Row
 * @typedef {import('./actions.js').Actions} Actions
 */

/** @param {Row} row @param {Store} store @param {Actions} actions */
export function messageRow(row, store, actions) {
  const { message, compact } = row;
  const author = userOf(store, message.user);
  const time = h('time', { datetime: fullTime(message.ts), title: fullTime(message.ts) }, clock(message.ts));
  const head = h(
    'div',
    { class: 'message-head' },
    h('b', {}, author.realName),
    author.isBot && h('span', { class: 'badge' }, 'App'),
    time,
  );
  return h(
    'article',
    {
      class: classes(row, store),
      tabindex: -1,
      'aria-label': `${author.realName}, ${clock(message.ts)}`,
      'data-ts': message.ts,
    },
    h('div', { class: 'gutter' }, compact ? time : avatar(author)),
    h(
      'div',
      { class: 'message-body' },
      message.ephemeralTo && h('div', { class: 'only-you' }, icon('eye'), 'Only visible to you'),
      !compact && head,
      content(row, store, actions),
      hangingOn(row, store, actions),
    ),
    !message.deleted && menu(row, store, actions),
  );
}

/** @param {Row} row @param {Store} store */
function classes({ message, compact, where }, store) {
  const flags = {
    compact,
    ephemeral: message.ephemeralTo,
    open: where === 'messages' && store.thread === message.ts,
    editing: isEdited(store, message, where),
  };
  return ['message', ...Object.entries(flags).flatMap(([name, on]) => (on ? [name] : []))].join(' ');
}

/** @param {Store} store @param {Message} message @param {Row['where']} where */
function isEdited(store, message, where) {
  return store.editing?.ts === message.ts && store.editing.where === where;
}

/** @param {Row} row @param {Store} store @param {Actions} actions */
function content({ message, where }, store, actions) {
  if (message.deleted) return h('div', { class: 'text gone' }, 'This message was deleted.');
  if (isEdited(store, message, where)) return editBox(message, store, actions);
  const names = directory(store);
  /** @param {Parameters<Actions['press']>[1]} button */
  const press = (button) => actions.press(message, button);
  const body = message.blocks?.length
    ? blocks(message.blocks, { directory: names, press })
    : mrkdwn(message.text, names);
  const edited = message.edited && h('span', { class: 'edited', title: fullTime(message.edited.ts) }, '(edited)');
  return h('div', { class: 'text' }, ...body, edited);
}

/** @param {Row} row @param {Store} store @param {Actions} actions */
function hangingOn({ message, replies, where }, store, actions) {
  const shown = where === 'messages' ? activity(store, message.ts) : undefined;
  return [
    (message.files ?? []).map((file) =>
      h(
        'a',
        { class: 'file', href: `/chat/file/${file.id}`, download: file.name },
        icon('file'),
        h('span', {}, h('b', {}, file.name), h('small', {}, size(file.size))),
      ),
    ),
    message.reactions.length > 0 &&
      h(
        'div',
        { class: 'reactions' },
        message.reactions.map((reaction) => reactionChip(reaction, store)),
      ),
    where === 'messages' && replies.length > 0 && repliesButton({ message, replies }, store, actions),
    shown && statusLine(shown, () => actions.stop(message.ts)),
  ].flat();
}

/** @param {Message['reactions'][number]} reaction @param {Store} store */
function reactionChip({ name, users }, store) {
  const who = users.map((id) => userOf(store, id).realName).join(', ');
  const label = `${who} reacted with :${name}:`;
  return h(
    'span',
    { class: users.includes(store.me) ? 'reaction mine' : 'reaction', title: label, role: 'img', 'aria-label': label },
    emoji(name) ?? `:${name}:`,
    h('b', {}, users.length),
  );
}

/** @param {{ message: Message, replies: Message[] }} root @param {Store} store @param {Actions} actions */
function repliesButton({ message, replies }, store, actions) {
  const authors = [...new Set(replies.map((reply) => reply.user))].slice(0, 3);
  const last = replies.at(-1);
  return h(
    'button',
    { type: 'button', class: 'replies', 'data-focus': 'replies', on: { click: () => actions.openThread(message.ts) } },
    authors.map((id) => avatar(userOf(store, id), 'tiny')),
    h('b', {}, replies.length === 1 ? '1 reply' : `${replies.length} replies`),
    last && h('small', {}, `Last at ${clock(last.ts)}`),
  );
}

/** @param {Row} row @param {Store} store @param {Actions} actions */
function menu({ message, where }, store, actions) {
  const own = message.user === store.me && message.ephemeralTo === undefined;
  /** @param {Parameters<typeof icon>[0]} picture @param {string} label @param {() => void} click */
  const item = (picture, label, click) =>
    h(
      'button',
      { type: 'button', title: label, 'aria-label': label, 'data-focus': label, on: { click } },
      icon(picture),
    );
  const items = [
    where === 'messages' &&
      message.ephemeralTo === undefined &&
      item('thread', 'Reply in thread', () => actions.openThread(message.ts, { focus: true })),
    own && item('edit', 'Edit message', () => actions.startEdit(message, where)),
    own && item('trash', 'Delete message', () => void actions.remove(message)),
  ].filter(Boolean);
  return items.length > 0 && h('div', { class: 'menu', role: 'group', 'aria-label': 'Message actions' }, ...items);
}

/** @param {number} bytes */
function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
