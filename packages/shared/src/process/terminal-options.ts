// Settings of an agent of which nothing is known but that it has a screen.
import { option, type Option } from './option.ts';
import { programOption } from './program-option.ts';

const needed = { where: 'AGENT_PROVIDER', is: 'terminal' };

const ready: Option<RegExp> = {
  env: 'TERMINAL_READY',
  description:
    'A regular expression that the last line of that screen matches when the program waits for input, and not while it works. Blanks at the end of the line may be left out.',
  example: '^>>> $',
  needed,
  parse: parsePattern,
};

export const terminalOptions = {
  terminalCommand: programOption.command({
    env: 'TERMINAL_COMMAND',
    description:
      'A program with a screen, and its arguments, with spaces between them. What people write is typed into it.',
    example: 'python3 -q',
    needed,
  }),
  terminalEnvironment: programOption.environment({
    env: 'TERMINAL_ENVIRONMENT',
    description: 'What stands in the environment of that program, as JSON. It gets nothing else of a runner.',
    example: '{"MODEL_API_KEY":"abc"}',
    needed,
  }),
  terminalReady: ready,
  terminalQuietMs: option.duration({
    env: 'TERMINAL_QUIET',
    description: 'How long the screen must stand still, too, before an answer counts as complete.',
    example: '1s',
    fallback: '1s',
  }),
};

/** Empty where another agent is at work. */
function parsePattern(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch {
    throw new Error('must be a regular expression');
  }
}
