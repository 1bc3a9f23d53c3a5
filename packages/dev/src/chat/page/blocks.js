// Block Kit, as far as an app like Runnel speaks it. What is not known here says so instead of vanishing.
import { h } from './dom.js';
import { link } from './inline-text.js';
import { markdown } from './markdown.js';
import { mrkdwn, mrkdwnLine } from './mrkdwn.js';

/**
 * @typedef {import('./inline-text.js').Directory} Directory
 * @typedef {{ type: string, text?: any, elements?: any[], fields?: any[], accessory?: any, element?: any, label?: any, block_id?: string, alt_text?: string }} Block
 * @typedef {{ directory: Directory, press?: (button: { actionId: string, value?: string, blockId?: string, text?: string }) => void }} BlockContext
 */

/** @type {Record<string, (block: Block, context: BlockContext) => HTMLElement>} */
const BLOCKS = {
  section: (block, context) =>
    h(
      'div',
      { class: 'block section' },
      h(
        'div',
        { class: 'section-text' },
        block.text && text(block.text, context),
        block.fields &&
          h(
            'div',
            { class: 'fields' },
            block.fields.map((field) => h('div', {}, text(field, context))),
          ),
      ),
      block.accessory && element(block.accessory, block, context),
    ),
  context: (block, context) =>
    h(
      'div',
      { class: 'block context' },
      (block.elements ?? []).map((part) => h('span', {}, contextPart(part, context))),
    ),
  actions: (block, context) =>
    h(
      'div',
      { class: 'block actions' },
      (block.elements ?? []).map((part) => element(part, block, context)),
    ),
  input: lineToWriteIn,
  divider: () => h('hr', { class: 'block' }),
  header: (block) => h('div', { class: 'block header', role: 'heading', 'aria-level': 3 }, block.text?.text ?? ''),
  markdown: (block, { directory }) =>
    h('div', { class: 'block markdown' }, markdown(String(block.text ?? ''), directory)),
  rich_text: (block) => h('div', { class: 'block markdown' }, (block.elements ?? []).map(richTextPart)),
  image: (block) => h('div', { class: 'block unknown' }, `Picture: ${block.alt_text ?? ''}`),
};

/**
 * @param {unknown[]} given
 * @param {BlockContext} context
 */
export function blocks(given, context) {
  return /** @type {Block[]} */ (given).map((block) => {
    const draw = BLOCKS[block.type];
    return draw
      ? draw(block, context)
      : h('div', { class: 'block unknown' }, `A block of type ${block.type} cannot be shown here.`);
  });
}

/**
 * @param {{ type: string, text: string }} object a text object
 * @param {BlockContext} context
 */
function text(object, { directory }) {
  return object.type === 'mrkdwn' ? mrkdwn(object.text, directory) : [h('p', {}, object.text)];
}

/** Rich text is literal: nothing in it is a mention, a format or an entity. @param {any} part */
function richTextPart(part) {
  const literal = (part.elements ?? []).map((/** @type {any} */ piece) => piece.text ?? '').join('');
  return part.type === 'rich_text_preformatted'
    ? h('pre', { tabindex: 0 }, h('code', {}, literal))
    : h('p', {}, literal);
}

/** @param {any} part @param {BlockContext} context */
function contextPart(part, { directory }) {
  if (part.type === 'image') return part.alt_text ?? '';
  return part.type === 'mrkdwn' ? mrkdwnLine(part.text, directory) : part.text;
}

/** A line to write in: Enter sends it. @param {Block} block @param {BlockContext} context */
function lineToWriteIn(block, { press }) {
  const { type, action_id: actionId } = block.element ?? {};
  if (type !== 'plain_text_input') return h('div', { class: 'block unknown' }, `A ${type} cannot be shown here.`);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const { value: written } = /** @type {HTMLInputElement} */ (event.target);
    if (event.key !== 'Enter' || event.isComposing || written.trim() === '') return;
    press?.({ actionId, text: written, ...(block.block_id ? { blockId: block.block_id } : {}) });
  };
  const how = { type: 'text', placeholder: 'Press Enter to send', 'data-focus': actionId };
  const box = h('input', { ...how, on: { keydown: onKey } });
  return h('label', { class: 'block field' }, block.label?.text ?? '', box);
}

/**
 * @param {any} part
 * @param {Block} block
 * @param {BlockContext} context
 */
function element(part, block, { press }) {
  if (part.type !== 'button') return h('span', { class: 'unknown' }, `A ${part.type} cannot be shown here.`);
  const label = part.text?.text ?? '';
  if (part.url) {
    const anchor = link(part.url, label);
    anchor.classList.add('button', part.style ?? 'plain');
    return anchor;
  }
  const optional = {
    ...(part.value === undefined ? {} : { value: part.value }),
    ...(block.block_id ? { blockId: block.block_id } : {}),
  };
  const onPress = () => press?.({ actionId: part.action_id, ...optional });
  return h(
    'button',
    { type: 'button', class: `button ${part.style ?? 'plain'}`, 'data-focus': part.action_id, on: { click: onPress } },
    label,
  );
}
