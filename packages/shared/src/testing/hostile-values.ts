// What nobody should send: texts that end keys, lines and parsers, and JSON that is not what it was meant to be.
import fc from 'fast-check';

const TRAPS = [
  '',
  ' ',
  '\0',
  '\n',
  '\r\n',
  '\u2028',
  '\u202e',
  '\ud800',
  '{',
  '}',
  '{T0:U0}:inbox',
  ':',
  '::',
  '-',
  '+',
  '$',
  '*',
  '0',
  '-1',
  'NaN',
  '1e400',
  'null',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '<!channel>',
  '../..',
  '%s',
  '9'.repeat(400),
  'x'.repeat(20_000),
];

/** Half surrogate pairs included. */
const anyUnits = fc.array(fc.nat({ max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units));

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  anyUnits,
);

const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 1.5, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    [],
    {},
    [[]],
    JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{}}}') as unknown,
  ),
  fc.integer({ min: 1, max: 300 }).map(nest),
  fc.constant(Array.from({ length: 500 }, () => 0)),
);

type Change = {
  readonly at: number;
  readonly how: 'drop' | 'put' | 'add';
  readonly key: string;
  readonly value: unknown;
};

/** The same with up to four changes at any depth: parts that are missing, of another type, deep, huge, or new. */
export function mutated(original: fc.Arbitrary<object>): fc.Arbitrary<unknown> {
  const change = fc.record<Change>({
    at: fc.nat(),
    how: fc.constantFrom('drop', 'put', 'add'),
    key: hostileText,
    value: hostileJson,
  });
  return fc.tuple(original, fc.array(change, { maxLength: 4 })).map(([value, changes]) => {
    const root = { value: structuredClone(value) };
    for (const one of changes) apply(root, one);
    return root.value;
  });
}

/** As text, as it comes over a wire: of those above, or anything at all. */
export function hostileJsonText(original: fc.Arbitrary<object>): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: mutated(original).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: hostileText },
    { weight: 1, arbitrary: fc.constantFrom('['.repeat(20_000), `${'['.repeat(20_000)}${']'.repeat(20_000)}`) },
  );
}

function apply(root: object, { at, how, key, value: given }: Change): void {
  const places = placesIn(root);
  const place = places[at % places.length];
  if (place === undefined) return;
  const { container, name } = place;
  // The next change may be made inside of it.
  const value: unknown = structuredClone(given);
  // The whole of it can be another thing, but not nothing: that has no JSON.
  if (how === 'drop' && container !== root) Reflect.deleteProperty(container, name);
  else if (how === 'add' && container !== root) define(container, key, value);
  else define(container, name, value);
}

/** `__proto__` too becomes a key of its own. */
function define(container: object, name: string, value: unknown): void {
  // An array has that one already, for numbers only.
  if (Array.isArray(container) && name === 'length') return;
  Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true });
}

type Place = { readonly container: object; readonly name: string };

function placesIn(container: object, depth = 0): Place[] {
  return Object.entries(container)
    .slice(0, 40)
    .flatMap(([name, value]: [string, unknown]) => {
      const inside = typeof value === 'object' && value !== null && depth < 8 ? placesIn(value, depth + 1) : [];
      return [{ container, name }, ...inside];
    });
}

function nest(depth: number): unknown {
  let value: unknown = [];
  for (let n = 0; n < depth; n += 1) value = n % 2 === 0 ? [value] : { a: value };
  return value;
}
