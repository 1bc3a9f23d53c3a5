// What a person can do on the page. Everything that fails is told in a sentence.
import { ask } from './api.js';
import { confirmation } from './confirmation.js';
import { typedText } from './edit-box.js';
import { unreadKey } from './store.js';
import { toast } from './toast.js';
import { bot, channelOf, channelsOf, firstName, userOf } from './views.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./store.js').Message} Message
 * @typedef {'messages' | 'replies'} Where
 * @typedef {{ focus(where: Where): void, toBottom(where: Where): void }} Screen
 * @typedef {{ name: string, mimetype?: string, base64: string }} Attachment
 */

const WIDE = matchMedia('(min-width: 1000px)');

export class Actions {
  #store;
  #screen;

  /** @param {Store} store @param {Screen} screen */
  constructor(store, screen) {
    this.#store = store;
    this.#screen = screen;
  }

  /** @param {string} user */
  writeAs(user) {
    const current = channelOf(this.#store);
    const isShared = current?.kind === 'channel';
    const own = channelsOf(this.#store, user).find((candidate) => candidate.kind === 'im');
    const channel = (isShared ? current : own)?.id ?? '';
    sessionStorage.setItem('me', user);
    this.#store.unread.delete(unreadKey(user, channel));
    this.#store.set({ me: user, channel, editing: undefined, ...(isShared ? {} : { thread: undefined }) });
    this.#screen.toBottom('messages');
  }

  /** @param {string} channel */
  openChannel(channel) {
    sessionStorage.setItem('channel', channel);
    this.#store.unread.delete(unreadKey(this.#store.me, channel));
    const thread = channel === this.#store.channel ? this.#store.thread : undefined;
    this.#store.set({ channel, thread, editing: undefined, sidebarOpen: false });
    this.#screen.toBottom('messages');
    if (WIDE.matches) this.#screen.focus('messages');
  }

  /** @param {string} thread @param {{ focus?: boolean }} [how] */
  openThread(thread, { focus = WIDE.matches } = {}) {
    this.#store.set({ thread, editing: undefined });
    this.#screen.toBottom('replies');
    if (focus) this.#screen.focus('replies');
  }

  closeThread() {
    this.#store.set({ thread: undefined, editing: undefined });
    this.#screen.focus('messages');
  }

  /** @param {string} text @param {{ threadTs?: string, files?: Attachment[] }} [how] @returns {Promise<boolean>} */
  async post(text, { threadTs, files = [] } = {}) {
    const from = this.#from();
    const where = threadTs ? { ...from, threadTs } : from;
    const [, command, words = ''] = /^(\/runnel)(?:\s+([^]*))?$/.exec(text.trim()) ?? [];
    if (command) return Boolean(await tell('command', { ...where, command, text: words }));
    const posted = await tell('post', { ...where, text, files });
    if (!posted) return false;
    this.#screen.toBottom(threadTs ? 'replies' : 'messages');
    if (!threadTs && from.channel === this.#store.channel && this.#isForApp(text)) this.#openAlong(posted.ts);
    return true;
  }

  /** The answer comes in the thread: where there is room it opens by itself, as the place to look at. @param {string} ts */
  #openAlong(ts) {
    if (WIDE.matches) this.openThread(ts, { focus: false });
  }

  /** @param {string} text */
  #isForApp(text) {
    return channelOf(this.#store)?.kind === 'im' || text.toLowerCase().includes(`@${bot(this.#store)?.name}`);
  }

  /** @param {Message} message @param {Where} where */
  startEdit(message, where) {
    this.#store.set({ editing: { ts: message.ts, text: typedText(message.text, this.#store), where } });
  }

  /** @param {Message} message @param {string} text */
  async saveEdit(message, text) {
    if (text.trim() === '') return this.remove(message);
    const where = this.#store.editing?.where ?? 'messages';
    const isSame = text === typedText(message.text, this.#store);
    const isSaved = isSame || (await tell('edit', { ...this.#from(), ts: message.ts, text }));
    if (isSaved) this.#store.set({ editing: undefined });
    this.#screen.focus(where);
  }

  cancelEdit() {
    const where = this.#store.editing?.where ?? 'messages';
    this.#store.set({ editing: undefined });
    this.#screen.focus(where);
  }

  /** @param {Message} message */
  async remove(message) {
    const agreed = await confirmation('Delete message', 'Delete this message? This cannot be undone.', 'Delete');
    if (!agreed || !(await tell('delete', { ...this.#from(), ts: message.ts }))) return;
    const isOpen = this.#store.thread === message.ts;
    this.#store.set({ editing: undefined, ...(isOpen ? { thread: undefined } : {}) });
  }

  /** @param {Message} message @param {{ actionId: string, value?: string, blockId?: string, text?: string }} button */
  press(message, button) {
    void tell('press', { ...this.#from(), ts: message.ts, ...button });
  }

  /** @param {string} threadTs */
  stop(threadTs) {
    void tell('stop', { ...this.#from(), threadTs });
  }

  /** @param {{ userKey: string, user: string }} runner */
  async kill({ userKey, user }) {
    if (!(await tell('kill', { userKey }))) return;
    const name = firstName(userOf(this.#store, user).realName);
    toast(`${name}’s runner was killed. A new one takes over; nothing said is lost.`);
  }

  #from() {
    return { user: this.#store.me, channel: this.#store.channel };
  }
}

/** @param {Parameters<typeof ask>[0]} what @param {object} input @returns {Promise<any>} nothing when it was refused */
async function tell(what, input) {
  try {
    return await ask(what, input);
  } catch (error) {
    toast(error instanceof Error ? error.message : String(error), 'fault');
    return undefined;
  }
}
