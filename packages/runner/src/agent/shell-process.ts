// One bash with everything it starts: from its spawn to the moment when nothing of it is left.
// node:child_process and not execa: the end of bash is told while its children still hold its output, and the group is ours.
import { type ChildProcess, spawn } from 'node:child_process';
import { type Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openShellPipe } from './shell-pipe.ts';
import { endEverything, signalGroup } from './turn-processes.ts';

/** Between SIGTERM and SIGKILL of a canceled turn. */
const GRACE_MS = 500;
/** A process that got away may hold the output open for ever: so long it is waited for when nothing more comes. */
const LAST_WORDS_MS = 300;

export type ShellStart = {
  readonly args: readonly string[];
  readonly input: Buffer;
  readonly env: Readonly<Record<string, string>> & { readonly PATH: string; readonly RUNNEL_TURN: string };
  readonly cwd: string;
  /** A path that is free, for the moment of starting. */
  readonly pipePath: string;
  readonly onProcessGroup: (groupId: number) => Disposable;
};

export type ShellEnd = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type ShellProcess = {
  /** Both streams as they were written. Whoever does not read makes the command wait. */
  readonly output: PassThrough;
  /** Resolves when bash has ended and everything else it started is gone. */
  readonly ended: Promise<ShellEnd>;
  /** SIGTERM to the group, SIGKILL to all that is left 500 ms later. */
  stop(): void;
};

/** Rejects when bash, or the pipe for its output, cannot be had. */
export async function startShellProcess(start: ShellStart): Promise<ShellProcess> {
  const pipe = await openShellPipe(start.pipePath, start.env.PATH);
  let group: number | undefined;
  try {
    const child = spawn('bash', start.args, {
      cwd: start.cwd,
      env: start.env,
      // A session of its own: a process group to end as a whole, and no terminal to ask for a password on.
      detached: true,
      stdio: ['ignore', pipe.writer, pipe.writer, 'pipe'],
    });
    const exited = new Promise<ShellEnd>((resolve, reject) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
      child.once('error', reject);
    });
    group = child.pid ?? (await failedSpawn(exited));
    const announced = start.onProcessGroup(group);
    feed(child, start.input);
    return superviseShell({ group, exited, announced, mark: start.env.RUNNEL_TURN, reader: pipe.reader });
  } catch (error) {
    if (group !== undefined) signalGroup(group, 'SIGKILL');
    pipe.reader.destroy();
    throw error;
  } finally {
    pipe.closeWriter();
  }
}

/** Without a pid, `exited` rejects with the reason. */
async function failedSpawn(exited: Promise<unknown>): Promise<never> {
  await exited;
  throw new Error('bash has no process id');
}

function feed(child: ChildProcess, input: Buffer): void {
  const channel = child.stdio[3];
  if (!(channel instanceof Duplex)) return;
  // A bash that is killed before it has read everything says so by its exit.
  channel.on('error', () => undefined);
  channel.end(input);
  channel.resume();
}

type Running = {
  readonly group: number;
  readonly exited: Promise<ShellEnd>;
  readonly announced: Disposable;
  readonly mark: string;
  readonly reader: Socket;
};

function superviseShell({ group, exited, announced, mark, reader }: Running): ShellProcess {
  let stopping: Promise<void> | undefined;
  let over = false;
  const ended = (async (): Promise<ShellEnd> => {
    const end = await exited;
    over = true;
    // What a command left in the background ends with it; in a canceled turn it has its grace.
    await (stopping ?? endEverything(group, mark, 0));
    announced[Symbol.dispose]();
    return end;
  })();
  const stop = (): void => {
    if (over || stopping !== undefined) return;
    signalGroup(group, 'SIGTERM');
    stopping = endEverything(group, mark, GRACE_MS);
  };
  return { output: untilOver(reader, ended), ended, stop };
}

/** The reader's bytes to their end, or to the end of everything we know of that could write. */
function untilOver(reader: Socket, ended: Promise<unknown>): PassThrough {
  const output = new PassThrough();
  reader.on('error', () => output.end());
  reader.pipe(output);
  const cutOff = async (): Promise<void> => {
    do await sleep(LAST_WORDS_MS);
    while (output.writableNeedDrain);
    if (output.writableEnded) return;
    reader.unpipe(output);
    reader.destroy();
    output.end();
  };
  void ended.then(cutOff, cutOff);
  output.once('close', () => reader.destroy());
  return output;
}
