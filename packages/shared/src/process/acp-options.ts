// Settings of an agent of which nothing is known but that it speaks the Agent Client Protocol.
import { z } from 'zod';
import { option, type Option } from './option.ts';

const needed = { where: 'AGENT_PROVIDER', is: 'acp' };

const environment: Option<Readonly<Record<string, string>>> = {
  env: 'ACP_ENVIRONMENT',
  description:
    'What stands in the environment of that program, as JSON: the key of its model, and its own settings. It gets nothing else of a runner.',
  example: '{"GEMINI_API_KEY":"abc"}',
  fallback: '{}',
  needed,
  secret: true,
  parse: parseEnvironment,
};

export const acpOptions = {
  acpCommand: {
    ...option.text({
      env: 'ACP_COMMAND',
      description:
        'The program of an agent that speaks the Agent Client Protocol on its standard streams, and its arguments, with spaces between them.',
      example: 'gemini --acp',
      needed,
    }),
    parse: parseCommand,
  },
  acpEnvironment: environment,
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
