// The programs of a runner's sessions: each lives on from turn to turn, and is started where none lives.
import { randomUUID } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionKey } from '@runnel/shared';
import type { TurnRequest } from './agent-provider.ts';
import { homeVariables } from './home-variables.ts';
import { NoTmux, TerminalProgram } from './terminal-program.ts';

export type TerminalProviderOptions = {
  /** The program, a path or a name that is found on `path`, and its arguments. */
  readonly command: readonly string[];
  /** For its environment, beside what every program gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the last line of its screen is like when it waits for input. */
  readonly ready: RegExp;
  /** For so long its screen must stand still then. */
  readonly quietMs: number;
  /** A program that is not ready for input by then is ended. */
  readonly startMs: number;
  /** Where commands are looked for. */
  readonly path: string;
  /** The mark of this pod, which everything that runs in it carries. */
  readonly podUid: string;
};

/** More than these do not wait side by side for another message: the one that has waited longest is ended. */
const MOST_WAITING = 8;
export const GRACE_MS = 500;

export class TerminalPrograms {
  readonly #options: TerminalProviderOptions;
  /** Those that no turn has, the one that has waited longest first. */
  readonly #waiting = new Map<SessionKey, TerminalProgram>();

  constructor(options: TerminalProviderOptions) {
    this.#options = options;
  }

  /** `notice` goes before the answer. Rejects where there is no screen to be had. */
  async take(request: TurnRequest): Promise<{ readonly program: TerminalProgram; readonly notice: string }> {
    const standing = this.#waiting.get(request.session);
    this.#waiting.delete(request.session);
    if (standing !== undefined && (await isAlive(standing))) return { program: standing, notice: '' };
    await standing?.end(0);

    const { files, state, home = join(state, 'home') } = request.directory;
    await mkdir(files, { recursive: true });
    await mkdir(state, { recursive: true });
    const program = await this.#start(request, await homeVariables({ files, state, home }));
    const begun = join(state, 'terminal-begun');
    const hasBegun = await stat(begun).then(
      () => true,
      () => false,
    );
    await writeFile(begun, '');
    const notice = '_The program has been started afresh: the files are there, what it held by itself is not._\n\n';
    return { program, notice: hasBegun ? notice : '' };
  }

  /** After a turn at whose end it waits for input. */
  async keep(session: SessionKey, program: TerminalProgram): Promise<void> {
    this.#waiting.set(session, program);
    const [longest] = this.#waiting;
    if (longest === undefined || this.#waiting.size <= MOST_WAITING) return;
    this.#waiting.delete(longest[0]);
    await longest[1].end(GRACE_MS);
  }

  async forget(session: SessionKey): Promise<void> {
    const program = this.#waiting.get(session);
    this.#waiting.delete(session);
    await program?.end(GRACE_MS);
  }

  async #start(request: TurnRequest, homes: Readonly<Record<string, string>>): Promise<TerminalProgram> {
    const { command, environment, path, podUid } = this.#options;
    const { session, directory, onProcessGroup } = request;
    const ours = { PATH: path, RUNNEL_POD: podUid, RUNNEL_TURN: randomUUID() };
    const env = { ...homes, LANG: 'C.UTF-8', ...environment, ...ours };
    try {
      return await TerminalProgram.start({ command, env, cwd: directory.files, name: session, onProcessGroup });
    } catch (error) {
      if (!(error instanceof NoTmux)) throw error;
      throw new Error(
        'there is no `tmux`, on whose screen its program would run. Whoever runs Runnel must install it.',
        {
          cause: error,
        },
      );
    }
  }
}

/** What it left in the background may have ended it since. */
async function isAlive(program: TerminalProgram): Promise<boolean> {
  const look = await program.look().catch(() => undefined);
  return look !== undefined && look.end === undefined;
}
