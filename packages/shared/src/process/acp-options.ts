// Settings of an agent of which nothing is known but that it speaks the Agent Client Protocol.
import { programOption } from './program-option.ts';

const needed = { where: 'AGENT_PROVIDER', is: 'acp' };

export const acpOptions = {
  acpCommand: programOption.command({
    env: 'ACP_COMMAND',
    description:
      'The program of an agent that speaks the Agent Client Protocol on its standard streams, and its arguments, with spaces between them.',
    example: 'gemini --acp',
    needed,
  }),
  acpEnvironment: programOption.environment({
    env: 'ACP_ENVIRONMENT',
    description:
      'What stands in the environment of that program, as JSON: the key of its model, and its own settings. It gets nothing else of a runner.',
    example: '{"GEMINI_API_KEY":"abc"}',
    needed,
  }),
};
