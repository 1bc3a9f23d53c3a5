// Compares an answer with Slack's examples: a value that an example also has must have the type it has there.

type Kinds = Map<string, Set<string>>;

export function matchExamples(answer: unknown, examples: unknown[]): string[] {
  const seen: Kinds = new Map();
  for (const example of examples) collectKinds(example, '', seen);
  const found: Kinds = new Map();
  collectKinds(answer, '', found);
  return [...found].flatMap(([path, kinds]) => {
    const known = seen.get(path);
    // An example that shows null tells nothing of the type it has otherwise.
    if (known === undefined || known.has('null')) return [];
    return [...kinds]
      .filter((kind) => kind !== 'null' && !known.has(kind))
      .map((kind) => `${path} is ${kind}, in the examples ${[...known].join(' or ')}`);
  });
}

function collectKinds(value: unknown, path: string, into: Kinds): void {
  const kinds = into.get(path) ?? new Set();
  into.set(path, kinds.add(kindOf(value)));
  if (Array.isArray(value)) {
    for (const item of value) collectKinds(item, `${path}/*`, into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) collectKinds(item, `${path}/${key}`, into);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
