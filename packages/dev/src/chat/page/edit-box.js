// A message of one's own, open for another text.
import { h } from './dom.js';

/** @param {import('./store.js').Message} message @param {import('./store.js').Store} store @param {import('./actions.js').Actions} actions */
export function editBox(message, store, actions) {
  const box = /** @type {HTMLTextAreaElement} */ (
    h('textarea', { 'aria-label': 'Edit message', rows: 1, 'data-focus': 'edit' })
  );
  box.value = store.editing?.text ?? '';
  const save = () => void actions.saveEdit(message, box.value);
  box.addEventListener('input', () => {
    // Kept beside the element: whatever draws the message anew keeps what was typed.
    if (store.editing) store.editing.text = box.value;
  });
  box.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      save();
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      actions.cancelEdit();
    }
  });
  queueMicrotask(() => {
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  });
  return h(
    'div',
    { class: 'edit-box' },
    box,
    h(
      'div',
      { class: 'edit-buttons' },
      h('button', { type: 'button', class: 'button plain', on: { click: () => actions.cancelEdit() } }, 'Cancel'),
      h('button', { type: 'button', class: 'button primary', on: { click: save } }, 'Save'),
    ),
  );
}

/**
 * What a person would type to get this text: the reverse of how Slack keeps it.
 * @param {string} text
 * @param {import('./store.js').Store} store
 */
export function typedText(text, store) {
  const plain = text.replaceAll(/<([^<>\n]+)>/g, (_, token) => {
    const [target, label] = token.split('|', 2);
    const id = target.slice(1);
    if (target.startsWith('@')) return `@${store.users.find((user) => user.id === id)?.name ?? id}`;
    if (target.startsWith('#')) return `#${label ?? id}`;
    if (target.startsWith('!')) return `@${id}`;
    return label ?? target;
  });
  return plain.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
