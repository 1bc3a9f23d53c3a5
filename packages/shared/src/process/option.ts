// One setting of a process: its name, what it is for, how it is read. A table of them is a process's configuration.

export type Option<T> = {
  /** The environment variable. */
  readonly env: string;
  readonly description: string;
  /** A value that parses; shown in `--help` and in every complaint. */
  readonly example: string;
  /** Text as it would stand in the environment; without one the setting is required. */
  readonly fallback?: string;
  /** Required only where another setting has one of these values, or they are in its list; empty elsewhere. */
  readonly needed?: Needed;
  /** Another setting that does the same: where that is set, this one may be missing. */
  readonly instead?: string;
  /** Never shown. */
  readonly secret?: boolean;
  /** Throws an Error whose message completes "NAME …". */
  readonly parse: (text: string) => T;
};

type Needed = {
  readonly where: string;
  readonly is: string | readonly string[];
  /** There, too, it may be missing where this is said. */
  readonly unless?: { readonly where: string; readonly is: string };
};

type Described = Pick<Option<unknown>, 'env' | 'description' | 'example'> & {
  readonly fallback?: string;
  readonly needed?: Needed;
  readonly instead?: string;
  readonly secret?: boolean;
};

export const option = {
  text: (described: Described): Option<string> => ({ ...described, parse: (text) => text }),

  /** Empty means none. */
  list: (described: Described): Option<string[]> => ({
    ...described,
    parse: splitList,
  }),

  choice: <const T extends string>(choices: readonly T[], described: Described): Option<T> => ({
    ...described,
    parse: (text) => {
      const found = choices.find((choice) => choice === text);
      if (found === undefined) throw new Error(`must be one of ${choices.join(', ')}`);
      return found;
    },
  }),

  /** One or more of them, each once, the first one first. */
  choices: <const T extends string>(choices: readonly T[], described: Described): Option<readonly [T, ...T[]]> => ({
    ...described,
    parse: (text) => {
      const names = splitList(text);
      const [first, ...more] = names.flatMap((name) => choices.filter((choice) => choice === name));
      if (first === undefined || more.length !== names.length - 1 || new Set(names).size !== names.length) {
        throw new Error(`must be one of ${choices.join(', ')}, or several with commas between them`);
      }
      return [first, ...more];
    },
  }),

  integer: (range: { min: number; max: number }, described: Described): Option<number> => ({
    ...described,
    parse: (text) => {
      const value = Number(text);
      if (!/^\d+$/.test(text) || value < range.min || value > range.max) {
        throw new Error(`must be a whole number from ${range.min} to ${range.max}`);
      }
      return value;
    },
  }),

  /** Milliseconds, from `250ms`, `7.5s`, `5m` or `12h`; never 0, and never longer than a timer can wait. */
  duration: (described: Described): Option<number> => ({ ...described, parse: parseDuration }),

  /** Bytes, from `512MiB` or `2GiB`. */
  bytes: (described: Described): Option<number> => ({ ...described, parse: parseBytes }),

  url: (protocols: readonly string[], described: Described): Option<string> => ({
    ...described,
    parse: (text) => {
      if (!URL.canParse(text) || !protocols.some((protocol) => text.startsWith(`${protocol}//`))) {
        throw new Error(
          `must be an address that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
        );
      }
      return text;
    },
  }),
};

/** What stands between commas. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);
const UNIT_BYTES = new Map([
  ['KiB', 1024],
  ['MiB', 1024 ** 2],
  ['GiB', 1024 ** 3],
]);

/** Node's timers fire at once when they are told to wait longer. */
const LONGEST_MS = 2 ** 31 - 1;

function parseDuration(text: string): number {
  return (
    parseQuantity(text, UNIT_MS, LONGEST_MS) ??
    fail('must be a duration with its unit, from 1ms to 596h: 250ms, 30s, 5m or 12h')
  );
}

function parseBytes(text: string): number {
  return (
    parseQuantity(text, UNIT_BYTES, Number.MAX_SAFE_INTEGER) ?? fail('must be a size with its unit: 512MiB or 2GiB')
  );
}

/** Whole units of the smallest kind, from 1 to `most`. */
function parseQuantity(text: string, units: ReadonlyMap<string, number>, most: number): number | undefined {
  const [, digits = '', name = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  const value = Math.round(Number(digits) * (units.get(name) ?? 0));
  return value >= 1 && value <= most ? value : undefined;
}

function fail(message: string): never {
  throw new Error(message);
}
