// Elements without a framework: text only ever becomes text, and what did not change stays in place.

/**
 * @typedef {Node | string | number | false | null | undefined} Child
 * @typedef {Record<string, unknown> & { on?: Record<string, (event: any) => void> }} Properties
 */

/**
 * An element. `class`, `aria-…` and other attributes by name, `on: { click }` for listeners; true and false for bare attributes.
 * @param {string} tag
 * @param {Properties} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElement}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { on = {}, ...attributes } = properties;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...present(children.flat()));
  return element;
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function present(children) {
  return children
    .filter((child) => child !== false && child !== null && child !== undefined)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** @type {WeakMap<Element, string>} */
const stamps = new WeakMap();

/**
 * Makes `container` show the entries in their order. An element is built anew only when its stamp changed,
 * so that selections, open menus and the place of reading survive everything that happens elsewhere.
 * @param {Element} container
 * @param {{ key: string, stamp: string, build: () => HTMLElement }[]} entries
 */
export function keep(container, entries) {
  const existing = new Map([...container.children].map((element) => [element.getAttribute('data-key') ?? '', element]));
  /** @type {Element | null} */
  let previous = null;
  for (const { key, stamp, build } of entries) {
    let element = existing.get(key);
    if (element === undefined || stamps.get(element) !== stamp) {
      element = replace(element, build(), key);
      stamps.set(element, stamp);
    }
    existing.delete(key);
    /** @type {Element | null} */
    const place = previous === null ? container.firstElementChild : previous.nextElementSibling;
    if (place !== element) container.insertBefore(element, place);
    previous = element;
  }
  for (const left of existing.values()) left.remove();
}

/**
 * @param {Element | undefined} old
 * @param {HTMLElement} fresh
 * @param {string} key
 */
function replace(old, fresh, key) {
  fresh.setAttribute('data-key', key);
  const focused = old?.contains(document.activeElement)
    ? document.activeElement?.getAttribute('data-focus')
    : undefined;
  old?.replaceWith(fresh);
  // Who stood on a button by keyboard stands on its successor.
  if (focused)
    /** @type {HTMLElement | null} */ (fresh.querySelector(`[data-focus="${CSS.escape(focused)}"]`))?.focus();
  return fresh;
}

/** @type {WeakMap<object, number>} */
const identities = new WeakMap();
let lastIdentity = 0;

/**
 * A number for an object that is replaced whenever it changes: cheap to compare, good for stamps.
 * @param {object | undefined} value
 */
export function identity(value) {
  if (value === undefined) return 0;
  const known = identities.get(value) ?? ++lastIdentity;
  identities.set(value, known);
  return known;
}
