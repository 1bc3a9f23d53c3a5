// The program: finds the command, explains itself, says in a sentence what is wrong.
import { RunnelError } from '@runnel/shared';
import { describeConfiguration, exitCode } from '@runnel/shared/process';
import type { Command, Run } from './command.ts';
import { cliConfiguration } from './config.ts';

export type Program = {
  readonly commands: readonly Command[];
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly say: (text: string) => void;
  readonly complain: (text: string) => void;
};

/** Resolves with the exit code. */
export async function runProgram({ commands, argv, env, say, complain }: Program): Promise<number> {
  const [name = '', ...rest] = argv;
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    const asksForHelp = ['', 'help', '--help', '-h'].includes(name);
    if (asksForHelp) say(helpOf(commands));
    else complain(`There is no command "${name}".\n\n${helpOf(commands)}`);
    return asksForHelp ? exitCode.ok : exitCode.usage;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    say(`${command.usage}\n${settingsOf(command)}`);
    return exitCode.ok;
  }
  let run: Run;
  try {
    run = command.read(rest);
  } catch (error) {
    complain(`${RunnelError.from(error).rawMessage}\nnpm run runnel -- ${command.name} --help says how it is used.\n`);
    return exitCode.usage;
  }
  try {
    say(await run(env));
    return exitCode.ok;
  } catch (reason) {
    const error = RunnelError.from(reason);
    complain(`${error.message}\n`);
    if (error.code === 'config_invalid') return exitCode.config;
    return error.retry.kind === 'retryable' ? exitCode.unavailable : exitCode.failed;
  }
}

function helpOf(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}\n`).join('');
  return `${describeConfiguration(cliConfiguration)}\nCommands (each has a --help of its own):\n${rows}`;
}

function settingsOf({ name, configuration }: Command): string {
  const described = describeConfiguration({ ...configuration, command: `npm run runnel -- ${name}` });
  return described.slice(described.indexOf('Settings, from'));
}
