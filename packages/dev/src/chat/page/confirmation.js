// A question that must be answered before something is gone.
import { h } from './dom.js';

/**
 * @param {string} title
 * @param {string} question
 * @param {string} yes the button that does it
 * @returns {Promise<boolean>}
 */
export function confirmation(title, question, yes) {
  const dialog = /** @type {HTMLDialogElement} */ (
    h(
      'dialog',
      { 'aria-label': title },
      h('h2', {}, title),
      h('p', {}, question),
      h(
        'div',
        { class: 'dialog-buttons' },
        h('button', { type: 'button', class: 'button plain', on: { click: () => dialog.close() } }, 'Cancel'),
        h(
          'button',
          { type: 'button', class: 'button danger', autofocus: true, on: { click: () => dialog.close('yes') } },
          yes,
        ),
      ),
    )
  );
  // The page has shortcuts on Escape of its own.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
