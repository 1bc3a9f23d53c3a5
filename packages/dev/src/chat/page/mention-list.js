// After an `@` in the composer: who is meant. Arrows choose, Enter or Tab takes, Escape leaves it.
import { avatar } from './avatar.js';
import { h } from './dom.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./store.js').User} User */

const MOST = 6;
const BEGUN = /(?:^|\s)@([\w.-]*)$/;

export class MentionList {
  element = h('div', { class: 'mentions', role: 'listbox', 'aria-label': 'Mention someone', hidden: true });
  #box;
  #store;
  /** @type {User[]} */
  #found = [];
  #chosen = 0;

  /** @param {HTMLTextAreaElement} box @param {Store} store */
  constructor(box, store) {
    this.#box = box;
    this.#store = store;
    box.addEventListener('input', () => this.#search());
    box.addEventListener('blur', () => this.close());
  }

  close() {
    this.#found = [];
    this.element.hidden = true;
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for this list */
  onKey(event) {
    const user = this.#found[this.#chosen];
    if (user === undefined) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0;
    const takes = event.key === 'Enter' || event.key === 'Tab';
    if (step === 0 && !takes && event.key !== 'Escape') return false;
    event.preventDefault();
    event.stopPropagation();
    if (takes) this.#take(user);
    else if (step === 0) this.close();
    else {
      this.#chosen = (this.#chosen + step + this.#found.length) % this.#found.length;
      this.#draw();
    }
    return true;
  }

  #search() {
    const begun = BEGUN.exec(this.#box.value.slice(0, this.#box.selectionStart))?.[1]?.toLowerCase();
    const isMeant = (/** @type {User} */ user) =>
      begun !== undefined && (user.name.startsWith(begun) || user.realName.toLowerCase().startsWith(begun));
    // The app first: it is what one calls here.
    const appFirst = this.#store.users.toSorted((one, other) => Number(other.isBot) - Number(one.isBot));
    this.#found = appFirst.filter(isMeant).slice(0, MOST);
    this.#chosen = 0;
    this.#draw();
  }

  /** @param {User} user */
  #take(user) {
    const box = this.#box;
    const start = box.value.lastIndexOf('@', box.selectionStart - 1);
    box.setRangeText(`@${user.name} `, start, box.selectionStart, 'end');
    box.dispatchEvent(new Event('input'));
    this.close();
    box.focus();
  }

  #draw() {
    this.element.hidden = this.#found.length === 0;
    this.element.replaceChildren(...this.#found.map((user, at) => this.#option(user, at === this.#chosen)));
  }

  /** @param {User} user @param {boolean} isChosen */
  #option(user, isChosen) {
    // The box keeps the focus: a press must not take it.
    const on = {
      mousedown: (/** @type {Event} */ event) => event.preventDefault(),
      click: () => this.#take(user),
    };
    return h(
      'div',
      { role: 'option', class: 'option', 'aria-selected': String(isChosen), on },
      avatar(user, 'tiny'),
      h('b', {}, user.realName),
      h('span', {}, `@${user.name}`),
    );
  }
}
