// The chat page: store -> drawing -> what a person does -> server -> change -> store.
import { Actions } from './actions.js';
import { Composer } from './composer.js';
import { drawConversation } from './conversation.js';
import { h } from './dom.js';
import { connect, watchRunners } from './live.js';
import { tickDurations } from './runner-rows.js';
import { drawSidebar } from './sidebar.js';
import { stickToBottom } from './stick-to-bottom.js';
import { Store } from './store.js';
import { drawThread } from './thread-pane.js';
import { bot, channelOf, channelsOf, channelTitle, people, roots, thread } from './views.js';

/** @typedef {'messages' | 'replies'} Where */

/** @param {string} selector @returns {HTMLElement} */
const place = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

const store = new Store();
const lists = { messages: stickToBottom(place('#messages')), replies: stickToBottom(place('#replies')) };
const screen = {
  // After the drawing that a change of the store has planned.
  focus: (/** @type {Where} */ where) => setTimeout(() => composers[where].focus()),
  toBottom: (/** @type {Where} */ where) => setTimeout(() => lists[where].toBottom()),
};
const actions = new Actions(store, screen);

const composers = {
  messages: new Composer(place('#composer'), store, {
    where: 'messages',
    placeholder: () => placeholder(),
    editLast: () =>
      editLast(
        roots(store).map(({ message }) => message),
        'messages',
      ),
    send: (text, files) => actions.post(text, { files }),
  }),
  replies: new Composer(place('#thread-composer'), store, {
    where: 'replies',
    placeholder: () => 'Reply…',
    editLast: () => editLast(openThread(), 'replies'),
    send: (text, files) => actions.post(text, { files, ...(store.thread ? { threadTs: store.thread } : {}) }),
  }),
};

function openThread() {
  const open = store.thread === undefined ? undefined : thread(store, store.thread);
  return open ? [open.message, ...open.replies] : [];
}

/** @param {import('./store.js').Message[]} messages @param {Where} where */
function editLast(messages, where) {
  const own = messages.findLast((message) => message.user === store.me && !message.deleted);
  if (own) actions.startEdit(own, where);
}

function placeholder() {
  const channel = channelOf(store);
  if (channel === undefined) return '';
  if (channel.kind === 'im') return `Message ${channelTitle(store, channel)}`;
  return `Message #${channel.name}: @${bot(store)?.name ?? 'app'} for an answer`;
}

/** Whom and where to begin with: as this tab left it, else the first person in the DM with the app. */
function settle() {
  const isKnown = people(store).some((user) => user.id === store.me);
  const stored = people(store).find((user) => user.id === sessionStorage.getItem('me'));
  if (!isKnown) store.me = (stored ?? people(store)[0])?.id ?? '';
  const own = channelsOf(store, store.me);
  if (own.some((channel) => channel.id === store.channel)) return;
  const last = own.find((channel) => channel.id === sessionStorage.getItem('channel'));
  store.channel = (last ?? own.find((channel) => channel.kind === 'im') ?? own[0])?.id ?? '';
}

function draw() {
  drawConnection();
  if (store.users.length === 0) return;
  settle();
  drawSidebar(store, actions);
  drawConversation({ title: place('#title'), list: place('#messages') }, store, actions);
  drawThread({ pane: place('#thread'), title: place('#thread-title'), list: place('#replies') }, store, actions);
  composers.messages.draw();
  composers.replies.draw();
  lists.messages.drawn();
  lists.replies.drawn();
  const channel = channelOf(store);
  if (channel) document.title = `${channelTitle(store, channel)} · ${store.team}`;
}

function drawConnection() {
  const { connection } = store;
  const bar = place('#connection');
  const command = h('code', {}, 'npm start');
  bar.hidden = connection === 'live' || connection === 'connecting';
  document.body.classList.toggle('offline', !bar.hidden);
  if (connection === 'lost') bar.replaceChildren('Runnel is not running; start it again with ', command, '.');
  if (connection === 'refused') {
    bar.replaceChildren('Runnel was started anew: open the link that ', command, ' printed.');
  }
}

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  if (store.sidebarOpen) store.set({ sidebarOpen: false });
  else if (store.thread !== undefined) actions.closeThread();
});
place('#scrim').addEventListener('click', () => store.set({ sidebarOpen: false }));
setInterval(tickDurations, 1000);

store.onChange(draw);
connect(store);
void watchRunners(store);
// On a phone this would bring the keyboard up unasked.
if (matchMedia('(min-width: 1000px)').matches) composers.messages.focus();
