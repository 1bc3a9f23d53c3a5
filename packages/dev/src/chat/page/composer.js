// Where a person types. One for the conversation, one for the thread; what is half-written waits at its place.
import { attach, attachmentChips } from './attachments.js';
import { avatar } from './avatar.js';
import { h } from './dom.js';
import { icon } from './icons.js';
import { MentionList } from './mention-list.js';
import { toast } from './toast.js';
import { firstName, userOf } from './views.js';

/**
 * @typedef {import('./store.js').Store} Store
 * @typedef {import('./actions.js').Attachment} Attachment
 * @typedef {{ text: string, files: Attachment[] }} Draft
 * @typedef {(text: string, files: Attachment[]) => Promise<boolean>} Send
 * @typedef {{ where: 'messages' | 'replies', placeholder(): string, editLast(): void, send: Send }} Purpose
 */

export class Composer {
  #store;
  #purpose;
  #box = /** @type {HTMLTextAreaElement} */ (h('textarea', { rows: 1 }));
  #picker = /** @type {HTMLInputElement} */ (h('input', { type: 'file', multiple: true, hidden: true }));
  #chips = h('div', { class: 'chips' });
  #who = h('span', { class: 'as' });
  #sendButton = h('button', { type: 'button', class: 'send', title: 'Send', 'aria-label': 'Send' }, icon('send'));
  #mentions;
  /** @type {Map<string, Draft>} by person, channel and thread */
  #drafts = new Map();
  #key = '';

  /** @param {Element} place @param {Store} store @param {Purpose} purpose */
  constructor(place, store, purpose) {
    this.#store = store;
    this.#purpose = purpose;
    this.#mentions = new MentionList(this.#box, store);
    this.#listen(place);
    const tools = [
      tool('attach', 'Attach a file', () => this.#picker.click()),
      tool('mention', 'Mention someone', () => this.#insert('@')),
      this.#who,
      this.#sendButton,
    ];
    const parts = [this.#mentions.element, this.#box, this.#chips, h('div', { class: 'tools' }, tools), this.#picker];
    place.append(h('div', { class: 'composer' }, parts));
  }

  focus() {
    this.#box.focus();
  }

  /** To be called after each change of the store. */
  draw() {
    const { me, channel, thread } = this.#store;
    const words = this.#purpose.placeholder();
    this.#box.placeholder = words;
    this.#box.setAttribute('aria-label', words);
    const key = [me, channel, this.#purpose.where === 'replies' ? thread : ''].join(' ');
    if (key === this.#key) return;
    this.#key = key;
    const user = userOf(this.#store, me);
    this.#who.replaceChildren(avatar(user, 'tiny'), h('span', {}, `as ${firstName(user.realName)}`));
    this.#mentions.close();
    this.#show();
  }

  /** @param {Element} place */
  #listen(place) {
    this.#box.addEventListener('input', () => this.#change({ text: this.#box.value }));
    this.#box.addEventListener('keydown', (event) => this.#onKey(event));
    this.#sendButton.addEventListener('click', () => void this.#send());
    this.#picker.addEventListener('change', () => {
      void this.#attach([...(this.#picker.files ?? [])]);
      this.#picker.value = '';
    });
    place.addEventListener('dragover', (event) => event.preventDefault());
    place.addEventListener('drop', (event) => {
      event.preventDefault();
      void this.#attach([...(/** @type {DragEvent} */ (event).dataTransfer?.files ?? [])]);
    });
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing || this.#mentions.onKey(event)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void this.#send();
    } else if (event.key === 'ArrowUp' && this.#box.value === '') {
      event.preventDefault();
      this.#purpose.editLast();
    }
  }

  #draft() {
    const draft = this.#drafts.get(this.#key) ?? { text: '', files: [] };
    this.#drafts.set(this.#key, draft);
    return draft;
  }

  /** @param {Partial<Draft>} changes */
  #change(changes) {
    Object.assign(this.#draft(), changes);
    this.#show();
  }

  #show() {
    const { text, files } = this.#draft();
    if (this.#box.value !== text) this.#box.value = text;
    const remove = (/** @type {Attachment} */ file) => this.#change({ files: files.filter((other) => other !== file) });
    this.#chips.replaceChildren(...attachmentChips(files, remove));
    this.#sendButton.toggleAttribute('disabled', text.trim() === '' && files.length === 0);
  }

  async #send() {
    const { text, files } = this.#draft();
    if (text.trim() === '' && files.length === 0) return;
    const key = this.#key;
    this.#drafts.delete(key);
    this.#show();
    // What could not be sent comes back, if its place is still empty.
    const isSent = await this.#purpose.send(text, files);
    if (!isSent && !this.#drafts.get(key)?.text) this.#drafts.set(key, { text, files });
    this.#show();
  }

  /** @param {File[]} files */
  async #attach(files) {
    try {
      this.#change({ files: await attach(this.#draft().files, files) });
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), 'fault');
    }
    this.#box.focus();
  }

  /** @param {string} text */
  #insert(text) {
    this.#box.focus();
    this.#box.setRangeText(text, this.#box.selectionStart, this.#box.selectionEnd, 'end');
    this.#box.dispatchEvent(new Event('input'));
  }
}

/** @param {Parameters<typeof icon>[0]} picture @param {string} label @param {() => void} click */
function tool(picture, label, click) {
  return h(
    'button',
    { type: 'button', class: 'tool', title: label, 'aria-label': label, on: { click } },
    icon(picture),
  );
}
