// What every process promises of its settings: any environment gives a valid configuration, or all its faults in one error.
import fc from 'fast-check';
import { expect } from 'vitest';
import { RunnelError } from '../errors.ts';
import { type Configuration, isRequired, type OptionTable, readConfiguration } from '../process/option-table.ts';
import type { Option } from '../process/option.ts';
import { testProperty } from './check-property.ts';
import { hostileText } from './hostile-values.ts';

/** Longer, and a timer of Node's fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function describeAnyEnvironment<T extends OptionTable>(configuration: Configuration<T>): void {
  const options = Object.values(configuration.table);
  testProperty(
    'any environment gives a configuration that can be lived with, or one error with all faults',
    { of: anyEnvironment(options), runs: 200 },
    (env) => {
      const faulty = options.filter((option) => isFaulty(option, configuration.table, env));
      const { values, error } = read(configuration, env);
      if (error === undefined) {
        expect(faulty).toEqual([]);
        for (const [name, value] of Object.entries(values ?? {})) expectUsable(name, value);
        return;
      }
      expect(error).toBeInstanceOf(RunnelError);
      expect(error).toMatchObject({ code: 'config_invalid' });
      const message = error instanceof Error ? error.message : '';
      for (const option of faulty) expect(message).toContain(`\n  - ${option.env} `);
      expect(message).not.toContain(SECRET);
    },
  );
}

const SECRET = 'hush-hush';

const quantity = fc
  .tuple(
    fc.constantFrom('0', '0.4', '1', '7.5', '30', '99', '1000', '1000000', '9'.repeat(400), '-1', ''),
    fc.constantFrom('', 'ms', 's', 'm', 'h', 'd', 'KiB', 'MiB', 'GiB'),
  )
  .map((parts) => parts.join(''));

type Described = Option<unknown>;

function anyEnvironment(options: readonly Described[]): fc.Arbitrary<Record<string, string>> {
  const all = options.map((option) => fc.tuple(fc.constant(option.env), anyText(option)));
  return fc
    .tuple(...all)
    .map((pairs) => Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined)));
}

function anyText(option: Described): fc.Arbitrary<string | undefined> {
  const good = fc.constantFrom(option.example, option.fallback ?? option.example);
  const odd = fc.oneof(quantity, hostileText, fc.constantFrom('redis:', 'http:x', ' redis://h', 'redis://h:x', ','));
  const bad = option.secret === true ? odd.map((text) => `${text}${SECRET}`) : odd;
  // Mostly good: with everything wrong no contradiction would ever be looked for.
  return fc.oneof({ weight: 20, arbitrary: good }, { weight: 2, arbitrary: bad }, fc.constant(undefined));
}

function isFaulty(option: Described, table: OptionTable, env: Readonly<Record<string, string>>): boolean {
  const given = env[option.env] ?? '';
  const text = given === '' ? option.fallback : given;
  if (text === undefined) return isRequired(option, table, env);
  try {
    option.parse(text);
    return false;
  } catch {
    return true;
  }
}

function read<T extends OptionTable>(
  configuration: Configuration<T>,
  env: Record<string, string>,
): { values?: object; error?: unknown } {
  try {
    return { values: readConfiguration(configuration, env) };
  } catch (error) {
    return { error };
  }
}

function expectUsable(name: string, value: unknown): void {
  if (typeof value !== 'number') return;
  expect(Number.isSafeInteger(value), `${name} is ${value}`).toBe(true);
  expect(value, name).toBeGreaterThanOrEqual(0);
  if (!name.endsWith('Ms')) return;
  expect(value, name).toBeGreaterThan(0);
  expect(value, name).toBeLessThanOrEqual(LONGEST_TIMER_MS);
}
