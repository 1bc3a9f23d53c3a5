// One program on a screen of its own: a tmux that nobody else uses, on a socket that an operator can attach to.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endMarked, findMarked, identifyProcess } from '@runnel/shared/process';
import { screenLines } from './terminal-screen.ts';
import { endEverything, signalGroup, TURN_MARK } from './turn-processes.ts';

export type ProgramStart = {
  readonly command: readonly string[];
  /** All of it. */
  readonly env: Readonly<Record<string, string>> & { readonly PATH: string; readonly RUNNEL_TURN: string };
  readonly cwd: string;
  /** For the name of the folder with its socket. */
  readonly name: string;
  readonly onProcessGroup: (groupId: number) => Disposable;
};

export type Look = {
  readonly lines: readonly string[];
  /** It draws all of the screen, and nothing of it scrolls away. */
  readonly isFullScreen: boolean;
  /** Lines that scrolled away and are kept. */
  readonly scrolled: number;
  /** How the program has ended, where it has. */
  readonly end: string | undefined;
};

/** Lines that are kept when they have scrolled away; when there are more, tmux drops a tenth of them at once. */
const HISTORY = 2_000;
export const SURELY_KEPT = HISTORY * 0.9;
const COLUMNS = 120;
const ROWS = 40;

/** Of any call, the first one with the start of tmux. */
const CALL_MS = 10_000;
const LOOK_AGAIN_MS = 20;
/** tmux sees that a screen is closed before it hears how its program ended. */
const STATUS_MS = 10_000;
const WITHOUT_STATUS = 'with its screen';
/** On a socket's path there is a limit of some hundred bytes: a temporary folder of one's own may be beyond it. */
const SOCKETS = '/tmp';
const NAME_LENGTH = 50;
const SCREEN = 'main';
const MEGABYTE = 1_024 ** 2;

/** `tmux` itself cannot be had. */
export class NoTmux extends Error {}

export class TerminalProgram {
  readonly #start: ProgramStart;
  readonly #folder: string;
  readonly #server: ChildProcess;
  readonly #announced: Disposable | undefined;
  #group = 0;
  #terminal = '';
  #failure: Error | undefined;
  #isGone = false;

  /** Rejects when there is no screen to be had; the program itself may be missing all the same. */
  static async start(start: ProgramStart): Promise<TerminalProgram> {
    const name = start.name.replaceAll(/[^\w.-]/g, '-').slice(0, NAME_LENGTH);
    const program = new TerminalProgram(start, await mkdtemp(join(SOCKETS, `runnel-${name}-`)));
    try {
      await program.#open();
      return program;
    } catch (error) {
      await program.end(0);
      throw error;
    }
  }

  private constructor(start: ProgramStart, folder: string) {
    this.#start = start;
    this.#folder = folder;
    const { cwd, env, onProcessGroup } = start;
    // Not a daemon: its group is ours to end. No settings of anybody's.
    const args = ['-D', '-u', '-S', this.#socket, '-f', '/dev/null'];
    this.#server = spawn('tmux', args, { cwd, env, detached: true, stdio: 'ignore' });
    // A runner that has nothing more to do does not wait for it.
    this.#server.unref();
    this.#announced = this.#server.pid === undefined ? undefined : onProcessGroup(this.#server.pid);
    this.#server.once('error', (error) => (this.#failure = error));
    this.#server.once('exit', () => {
      this.#isGone = true;
      this.#announced?.[Symbol.dispose]();
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  /** The process group of the program itself. */
  get group(): number {
    return this.#group;
  }

  /** Where an operator attaches. */
  get #socket(): string {
    return join(this.#folder, 'tmux');
  }

  async look(): Promise<Look> {
    const deadline = performance.now() + STATUS_MS;
    for (;;) {
      const look = await this.#lookOnce();
      if (look.end !== WITHOUT_STATUS || this.#isGone || performance.now() > deadline) return look;
      // On a busy machine it may miss that its program has ended, which stays a zombie (tmux 3.3a): told again, it asks the kernel.
      this.#server.kill('SIGCHLD');
      await sleep(LOOK_AGAIN_MS);
    }
  }

  async #lookOnce(): Promise<Look> {
    const state = '#{pane_dead}:#{pane_dead_status}:#{pane_dead_signal}:#{alternate_on}:#{history_size}';
    // Of a screen that is drawn as a whole what scrolled away before is no part.
    const capture = ['#{alternate_on}', `capture-pane -p -J -t ${SCREEN}`, `capture-pane -p -J -S - -t ${SCREEN}`];
    const about = ['-t', SCREEN];
    const said = await this.#call([
      'display-message',
      '-p',
      ...about,
      state,
      ';',
      'if-shell',
      '-F',
      ...about,
      ...capture,
    ])
      // It may have ended its own tmux.
      .catch((error: unknown) => {
        if (!this.#isGone) throw error;
        return '1::::0\n';
      });
    const [isDead, status = '', signal = '', isFullScreen, scrolled] = said.slice(0, said.indexOf('\n')).split(':');
    return {
      lines: screenLines(said.slice(said.indexOf('\n') + 1)),
      isFullScreen: isFullScreen === '1',
      scrolled: Number(scrolled),
      end: isDead === '1' ? howItEnded(status, signal) : undefined,
    };
  }

  /** What has scrolled away is forgotten; an operator who looks at it no longer does. */
  async forget(): Promise<void> {
    await this.#call(['copy-mode', '-q', '-t', SCREEN, ';', 'clear-history', '-t', SCREEN]);
  }

  /** As if it were pasted: bracketed where the program has asked for that. Nothing of it is a key, or a format of tmux. */
  async paste(text: string): Promise<void> {
    const paste = ['paste-buffer', '-p', '-d', '-b', 'text', '-t', SCREEN];
    await this.#call(['copy-mode', '-q', '-t', SCREEN, ';', 'load-buffer', '-b', 'text', '-', ';', ...paste], {
      input: text,
    });
  }

  async press(key: 'Enter' | 'C-c'): Promise<void> {
    await this.#call(['copy-mode', '-q', '-t', SCREEN, ';', 'send-keys', '-t', SCREEN, key]);
  }

  /** Whether the kernel makes lines of what is typed: then it cuts long ones. */
  async readsLines(): Promise<boolean> {
    const about = { command: 'stty', args: ['-a', '-F', this.#terminal], env: this.#start.env };
    const settings = await run(about).catch(() => '');
    return /(^|\s)icanon\b/.test(settings);
  }

  /** All that it is by now, for `endNewer`. */
  async processes(): Promise<ReadonlySet<string>> {
    return new Set((await findMarked(TURN_MARK, this.#mark)).map(identity));
  }

  /** Ends all that was started since. */
  async endNewer(than: ReadonlySet<string>): Promise<void> {
    await endMarked(TURN_MARK, this.#mark, (pid) => than.has(identity(pid)));
  }

  /** Resolves when nothing of it is left. */
  async end(graceMs: number): Promise<void> {
    const server = this.#server.pid;
    if (server !== undefined) {
      // It tells its program as a terminal that is closed does.
      signalGroup(server, 'SIGTERM');
      await endEverything(server, this.#mark, graceMs);
    }
    this.#announced?.[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #open(): Promise<void> {
    const deadline = performance.now() + CALL_MS;
    for (;;) {
      try {
        await this.#openScreen();
        return;
      } catch (error) {
        if (this.#failure !== undefined) throw new NoTmux(this.#failure.message, { cause: this.#failure });
        if (this.#isGone || performance.now() > deadline) throw error;
        await sleep(LOOK_AGAIN_MS);
      }
    }
  }

  async #openScreen(): Promise<void> {
    const settings = {
      'history-limit': String(HISTORY),
      // The last words of a program that has ended stay to be read.
      'remain-on-exit': 'on',
      'remain-on-exit-format': '',
      status: 'off',
      // Of whoever attaches.
      'set-clipboard': 'off',
    };
    const set = Object.entries(settings).flatMap(([name, value]) => ['set-option', '-gq', name, value, ';']);
    const size = ['-x', String(COLUMNS), '-y', String(ROWS)];
    // A command of one word would go to a shell; and what ends with a semicolon would end here.
    const command = ['env', ...this.#start.command.map((word) => word.replace(/;$/, String.raw`\;`))];
    const open = ['new-session', '-d', ...size, '-s', SCREEN, '--', ...command, ';'];
    // Whoever attaches does not change its size. Set for all screens before there is one, it ends tmux 3.3.
    const fix = ['set-option', '-w', '-t', SCREEN, 'window-size', 'manual', ';'];
    const tell = ['display-message', '-p', '-t', SCREEN, '#{pane_pid} #{pane_tty}'];
    const about = await this.#call([...set, ...open, ...fix, ...tell], { cwd: this.#start.cwd });
    const [pid, terminal = ''] = about.trim().split(' ');
    this.#group = Number(pid);
    this.#terminal = terminal;
  }

  get #mark(): string {
    return this.#start.env[TURN_MARK];
  }

  /** Never by a server that would have to be started for it. */
  #call(args: readonly string[], more: CallParts = {}): Promise<string> {
    const { PATH, LANG = 'C.UTF-8' } = this.#start.env;
    return run({ command: 'tmux', args: ['-N', '-u', '-S', this.#socket, ...args], env: { PATH, LANG }, ...more });
  }
}

type CallParts = { readonly cwd?: string; readonly input?: string };
type Call = CallParts & {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
};

function run({ command, args, env, cwd = '/', input = '' }: Call): Promise<string> {
  const ended = Promise.withResolvers<string>();
  const options = { cwd, env, timeout: CALL_MS, killSignal: 'SIGKILL', maxBuffer: 16 * MEGABYTE } as const;
  const child = execFile(command, args, options, (error, stdout, stderr) => {
    if (error === null) ended.resolve(stdout);
    else ended.reject(new Error(stderr.trim() === '' ? error.message : stderr.trim(), { cause: error }));
  });
  child.stdin?.on('error', () => undefined).end(input);
  return ended.promise;
}

function identity(pid: number): string {
  return `${pid} ${identifyProcess(pid)?.startedAt ?? ''}`;
}

function howItEnded(status: string, signal: string): string {
  if (signal !== '') return `killed by signal ${signal}`;
  return status === '' ? WITHOUT_STATUS : `exit code ${status}`;
}
