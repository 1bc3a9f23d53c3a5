// Settings of an agent that is any program: how it is started, and what stands in its environment.
import { z } from 'zod';
import { option, type Option } from './option.ts';

type Described = Pick<Option<unknown>, 'env' | 'description' | 'example'> & {
  readonly needed: { readonly where: string; readonly is: string };
};

export const programOption = {
  command: (described: Described): Option<string> => ({ ...option.text(described), parse: parseCommand }),

  environment: (described: Described): Option<Readonly<Record<string, string>>> => ({
    ...described,
    fallback: '{}',
    secret: true,
    parse: parseEnvironment,
  }),
};

/** Nobody takes quotes away, and a path with a space in it cannot be said. */
function parseCommand(text: string): string {
  if (text.trim() === '' || /["'\\]/.test(text)) {
    throw new Error('must be a program and its arguments with spaces between them, without quotes');
  }
  return text;
}

const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());
/** By which Runnel finds what it started, and where the agent keeps its memory. */
const OURS = /^(HOME|PATH|RUNNEL_.*)$/;

function parseEnvironment(text: string): Record<string, string> {
  const given = variables.safeParse(parseJson(text)).data;
  if (given === undefined) throw new Error('must be a JSON object of names and texts');
  const ours = Object.keys(given).find((name) => OURS.test(name));
  if (ours !== undefined) throw new Error(`must leave ${ours} to Runnel`);
  return given;
}

/** Without the words of the parser: they quote what they read. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
