// A command of the program: its name, how it is used, what it does.
import type { describeConfiguration } from '@runnel/shared/process';

export type Command = {
  readonly name: string;
  /** One line of the program's `--help`. */
  readonly summary: string;
  /** Its own `--help`, but for the settings. */
  readonly usage: string;
  /** The settings that it reads. */
  readonly configuration: Parameters<typeof describeConfiguration>[0];
  /** What `argv` asks for, ready to be run. Throws an Error with a sentence for what is not understood. */
  readonly read: (argv: readonly string[]) => Run;
};

/** Resolves with what is to be printed. */
export type Run = (env: NodeJS.ProcessEnv) => Promise<string>;
