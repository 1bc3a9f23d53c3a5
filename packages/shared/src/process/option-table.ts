// A process's configuration: one described table makes the parser, `--help` and the documentation.
import { RunnelError } from '../errors.ts';
import { splitList, type Option } from './option.ts';

export type OptionTable = Readonly<Record<string, Option<unknown>>>;
export type OptionValues<T extends OptionTable> = { readonly [K in keyof T]: T[K] extends Option<infer V> ? V : never };

export type Configuration<T extends OptionTable> = {
  /** The command that starts the process, as documented. */
  readonly command: string;
  readonly purpose: string;
  readonly table: T;
  /** Complaints about values that contradict each other, each a whole sentence. */
  readonly check: (values: OptionValues<T>) => string[];
};

type DescribedConfiguration = Omit<Configuration<OptionTable>, 'check'>;

/** Throws `config_invalid` with every fault at once. An empty variable counts as not set. */
export function readConfiguration<T extends OptionTable>(
  configuration: Configuration<T>,
  env: NodeJS.ProcessEnv,
): OptionValues<T> {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(configuration.table)) {
    const text = textOf(option, env);
    if (text === undefined && !isRequired(option, configuration.table, env)) {
      values[name] = '';
      continue;
    }
    if (text === undefined) {
      faults.push(`${option.env} is not set: ${option.description} For example ${option.env}=${option.example}`);
      continue;
    }
    try {
      values[name] = option.parse(text);
    } catch (error) {
      const shown = option.secret === true ? '' : ` (it is "${text}")`;
      faults.push(
        `${option.env} ${error instanceof Error ? error.message : String(error)}${shown}. For example ${option.env}=${option.example}`,
      );
    }
  }
  // Contradictions are looked for among values that could be read.
  // oxlint-disable-next-line no-unsafe-type-assertion -- every key of the table was read above, or there are faults
  const read = values as OptionValues<T>;
  if (faults.length === 0) faults.push(...configuration.check(read));
  if (faults.length > 0) {
    throw new RunnelError(
      'config_invalid',
      `Settings cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
  }
  return read;
}

/** An empty variable counts as not set. */
function textOf(option: Option<unknown>, env: NodeJS.ProcessEnv): string | undefined {
  const text = env[option.env];
  return text === undefined || text === '' ? option.fallback : text;
}

/** Whether an option means anything among the other settings: without a fallback it must be set then. */
export function isNeeded({ needed }: Option<unknown>, table: OptionTable, env: NodeJS.ProcessEnv): boolean {
  return needed === undefined || isOneOf(needed, table, env);
}

/** Whether it cannot be left out, where it has no fallback. */
export function isRequired(option: Option<unknown>, table: OptionTable, env: NodeJS.ProcessEnv): boolean {
  const unless = option.needed?.unless;
  if (unless !== undefined && isOneOf(unless, table, env)) return false;
  return isNeeded(option, table, env) && !isSet(option.instead, table, env);
}

function isSet(name: string | undefined, table: OptionTable, env: NodeJS.ProcessEnv): boolean {
  const option = Object.values(table).find((one) => one.env === name);
  return option !== undefined && (textOf(option, env) ?? '') !== '';
}

function isOneOf(
  { where, is }: { readonly where: string; readonly is: string | readonly string[] },
  table: OptionTable,
  env: NodeJS.ProcessEnv,
): boolean {
  const other = Object.values(table).find((option) => option.env === where);
  const values = new Set([is].flat());
  return other !== undefined && splitList(textOf(other, env) ?? '').some((value) => values.has(value));
}

/** What `--help` prints. */
export function describeConfiguration(configuration: DescribedConfiguration): string {
  const rows = Object.values(configuration.table).map((option) => {
    const standing = standingOf(option, {
      required: (where) => `required${where}`,
      none: 'default: none',
      value: (text) => `default: ${text}`,
    });
    return `  ${option.env}\n      ${option.description}\n      ${standing}; example: ${option.example}`;
  });
  return `${configuration.purpose}\n\nUsage: ${configuration.command}\n\nSettings, from the environment:\n${rows.join('\n')}\n`;
}

/** The same as a section of `docs/configuration.md`. */
export function documentConfiguration(title: string, configuration: DescribedConfiguration): string {
  const rows = Object.values(configuration.table).map((option) => {
    const standing = standingOf(option, {
      required: (where) => `**required**${where}`,
      none: 'none',
      value: (text) => `\`${text}\``,
    });
    return `| \`${option.env}\` | ${option.description} | ${standing} | \`${option.example}\` |`;
  });
  return [
    `## ${title}`,
    '',
    configuration.purpose,
    '',
    '| setting | what it is | default | example |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** How a setting stands when nobody sets it. */
function standingOf(
  option: Option<unknown>,
  words: { required: (where: string) => string; none: string; value: (text: string) => string },
): string {
  const { needed, instead } = option;
  if (option.fallback === undefined) {
    const where = needed ? ` with ${needed.where}=${[needed.is].flat().join(' or ')}` : '';
    return words.required(`${where}${instead === undefined ? '' : ` without ${instead}`}`);
  }
  return option.fallback === '' ? words.none : words.value(option.fallback);
}
