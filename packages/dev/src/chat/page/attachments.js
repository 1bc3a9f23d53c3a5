// Files that go along with a message: small ones, read in the browser.
import { h } from './dom.js';
import { icon } from './icons.js';

/** @typedef {import('./actions.js').Attachment} Attachment */

const MAX_FILES = 10;
const MAX_BYTES = 2 * 1024 * 1024;

/** Adds files to those of a message. @param {Attachment[]} attached @param {File[]} files @returns {Promise<Attachment[]>} */
export async function attach(attached, files) {
  const before = attached.reduce((sum, file) => sum + file.base64.length * 0.75, 0);
  const bytes = files.reduce((sum, file) => sum + file.size, before);
  if (bytes > MAX_BYTES) throw new Error('That is too large: the files of a message may have 2 MB here.');
  if (attached.length + files.length > MAX_FILES) throw new Error(`A message may have ${MAX_FILES} files.`);
  return [...attached, ...(await Promise.all(files.map(read)))];
}

/** @param {File} file @returns {Promise<Attachment>} */
function read(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('error', () => reject(new Error(`${file.name} could not be read.`)));
    reader.addEventListener('load', () => {
      const base64 = String(reader.result).split(',')[1] ?? '';
      resolve({ name: file.name, base64, ...(file.type ? { mimetype: file.type } : {}) });
    });
    reader.readAsDataURL(file);
  });
}

/** @param {Attachment[]} files @param {(file: Attachment) => void} remove */
export function attachmentChips(files, remove) {
  return files.map((file) =>
    h(
      'span',
      { class: 'chip' },
      icon('file'),
      h('b', {}, file.name),
      h(
        'button',
        { type: 'button', 'aria-label': `Remove ${file.name}`, on: { click: () => remove(file) } },
        icon('close'),
      ),
    ),
  );
}
