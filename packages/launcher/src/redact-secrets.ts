// Takes secrets out of what operators are shown and what is kept of ended pods: logs of runners hold what programs of strangers wrote.

export type Redact = (text: string) => string;

const CENSORED = '[redacted]';
/** One line is for reading, not for carrying files out. */
const LONGEST_LINE = 1_000;
/** Shorter ones are no secrets, and stand everywhere. */
const SHORTEST_SECRET = 6;

const SECRET_NAME = String.raw`[\w.-]*(?:passw(?:or)?d|passwd|secret|token|credential|api[_-]?key|access[_-]?key|private[_-]?key|auth)[\w.-]*`;

/** Each with what stands in its place. Key material first: it runs over many lines. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z0-9 ]+-----(?:[\s\S]*?-----END [A-Z0-9 ]+-----|[\s\S]*)/g, CENSORED],
  // The block began before the first line that is shown.
  [/^[\s\S]*?-----END [A-Z0-9 ]+-----/, CENSORED],
  [/\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[\w-]+/g, CENSORED],
  [/\b(?:gh[a-z]_|github_pat_|glpat-|npm_|sk-|pk-|AKIA|ASIA|AIza|ya29\.)[\w.-]{8,}/g, CENSORED],
  [/\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?/g, CENSORED],
  // Up to the last @ before the host: passwords hold anything.
  [/\b([a-z][\w+.-]*:\/\/)[^\s/"'<>]+@/gi, `$1${CENSORED}@`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${CENSORED}`],
  [
    new RegExp(
      String.raw`(["']?\b${SECRET_NAME}\\?["']?\s*[=:]\s*)(?!\[redacted\])(\\?"[^"\n]*"|'[^'\n]*'|[^\s,;&"'}\]]+)`,
      'gi',
    ),
    `$1${CENSORED}`,
  ],
];

/** `known` are secrets of this process itself: they are found whatever stands around them. */
export function secretRedactor(known: readonly string[]): Redact {
  const own = known.filter((secret) => secret.length >= SHORTEST_SECRET);
  return (text) => {
    const withoutOwn = own.reduce((rest, secret) => rest.replaceAll(secret, CENSORED), text);
    return RULES.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), withoutOwn);
  };
}

/** Every text in a value, at any depth; a list of texts is lines of one text. Long lines are cut. */
export function redactAll<T>(value: T, redact: Redact): T {
  // oxlint-disable-next-line no-unsafe-type-assertion -- texts stay texts: the shape is the same
  return redactValue(value, redact) as T;
}

function redactValue(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return cut(redact(value));
  if (Array.isArray(value)) return redactList(value, redact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redactValue(one, redact)]));
}

function redactList(list: readonly unknown[], redact: Redact): unknown[] {
  const lines = list.filter((one) => typeof one === 'string');
  if (lines.length === 0 || lines.length < list.length) return list.map((one) => redactValue(one, redact));
  return redact(lines.join('\n')).split('\n').map(cut);
}

function cut(text: string): string {
  return text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text;
}
