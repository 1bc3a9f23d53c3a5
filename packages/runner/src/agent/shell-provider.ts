// The provider that takes each message as a command: a fresh bash a turn, in the session's own folder.
// Who may write to it is decided before it: text is code here.
import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sayTaken } from '../progress/file-words.ts';
import type { AgentEvent, AgentProvider, TurnRequest } from './agent-provider.ts';
import { cacheVariables } from './home-variables.ts';
import { tellShell } from './shell-command.ts';
import { readShellMemory, rememberShell, type ShellMemory } from './shell-memory.ts';
import { ShellOutput } from './shell-output.ts';
import { type ShellProcess, startShellProcess } from './shell-process.ts';
import { replyToCommand } from './shell-reply.ts';
import { withSilence } from './shell-silence.ts';
import { cleanText, decodeOutput, looksBinary } from './shell-text.ts';
import { answerInWords } from './shell-words.ts';

export type ShellProviderOptions = {
  /** Where bash and all commands are looked for. Nothing else of the runner's environment reaches a command. */
  readonly path: string;
  /** The mark of this pod, which everything that runs in it carries. */
  readonly podUid: string;
};

/** While a command runs, what it writes is told at most this often. */
const TELL_EVERY_MS = 50;
/** Past the beginning of much output only its latest lines are told, at most this often. */
const GLIMPSE_EVERY_MS = 250;
const GLIMPSE_BYTES = 4_096;
/** There, reading is slowed to some 60 MB/s, or an endless writer would starve the other sessions. */
const BREATHE_MS = 1;

export function shellProvider(options: ShellProviderOptions): AgentProvider {
  return {
    name: 'shell',
    async *startTurn(request, signal) {
      try {
        yield* takeTurn(options, request, signal);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        yield { type: 'finished', stopReason: 'failed', reply: `This could not be run: ${reason}` };
      }
    },
  };
}

async function* takeTurn(
  options: ShellProviderOptions,
  request: TurnRequest,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const words = answerInWords(request);
  if (words !== undefined) {
    yield { type: 'finished', stopReason: words.understood ? 'end_turn' : 'failed', reply: words.reply };
  } else if (signal.aborted) {
    yield { type: 'finished', stopReason: 'canceled', reply: '' };
  } else {
    yield* runCommand(options, request, signal);
  }
}

async function* runCommand(
  options: ShellProviderOptions,
  request: TurnRequest,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const startedAt = performance.now();
  const turn = await prepareTurn(options, request);
  const shell = await startShellProcess(turn.start);
  const kept = new ShellOutput();
  const stop = (): void => shell.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    yield* tellOutput(shell, kept);
    const end = await shell.ended;
    const notKept = await rememberShell(request.directory.state, turn.keptFile, turn.given).then(() => [], sayNotKept);
    const result = {
      output: kept.keep(),
      end,
      tookMs: performance.now() - startedAt,
      canceled: signal.aborted,
      notices: [...turn.notices, ...notKept],
    };
    yield { type: 'finished', stopReason: signal.aborted ? 'canceled' : 'end_turn', reply: replyToCommand(result) };
  } finally {
    signal.removeEventListener('abort', stop);
    // Whoever left off listening leaves nothing running.
    shell.stop();
    shell.output.destroy();
    await shell.ended;
    await rm(turn.folder, { recursive: true, force: true });
  }
}

/** What the command said must not be lost for it. */
function sayNotKept(reason: unknown): string[] {
  const why = reason instanceof Error ? reason.message : String(reason);
  return [`The current folder and exported variables could not be kept for the next message: ${why}`];
}

async function* tellOutput(shell: ShellProcess, kept: ShellOutput): AsyncGenerator<AgentEvent> {
  const decoder = new TextDecoder();
  let latest: Buffer | undefined;
  let isBinary = false;
  let toldAt = -Infinity;
  let over = false;
  const isOver = (): void => void (over = true);
  const ended = shell.ended.then(isOver, isOver);
  const tell = function* (text: string): Generator<AgentEvent> {
    toldAt = performance.now();
    isBinary ||= looksBinary(text);
    const clean = cleanText(text);
    if (clean !== '' && !isBinary) yield { type: 'text', text: clean };
  };
  for await (const chunk of withSilence(shell.output, GLIMPSE_EVERY_MS)) {
    const early = chunk === undefined ? NOTHING : kept.add(chunk);
    if (chunk !== undefined && early.length < chunk.length) latest = chunk;
    if (early.length > 0) yield* tell(decoder.decode(early, { stream: true }));
    if (latest !== undefined && performance.now() - toldAt > GLIMPSE_EVERY_MS) {
      yield* tell(glimpse(latest));
      latest = undefined;
    }
    if (!over) await Promise.race([sleep(kept.isPastBeginning ? BREATHE_MS : TELL_EVERY_MS), ended]);
  }
  if (latest !== undefined) yield* tell(glimpse(latest));
}

const NOTHING = Buffer.alloc(0);

/** The last lines of much. */
function glimpse(chunk: Buffer): string {
  const text = decodeOutput(chunk.subarray(-GLIMPSE_BYTES));
  // A line that was cut in two goes.
  return `\n[…]\n${chunk.length > GLIMPSE_BYTES ? text.slice(text.indexOf('\n') + 1) : text}`;
}

// macOS has no C.UTF-8.
const LANG = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';

type PreparedTurn = {
  readonly start: Parameters<typeof startShellProcess>[0];
  /** Gone after the turn. */
  readonly folder: string;
  readonly keptFile: string;
  readonly given: readonly string[];
  readonly notices: readonly string[];
};

async function prepareTurn({ path, podUid }: ShellProviderOptions, request: TurnRequest): Promise<PreparedTurn> {
  const { files, state } = request.directory;
  const folder = join(state, 'shell-turn');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await mkdir(files, { recursive: true });
  const memory = await readShellMemory(state);
  const isThere = memory === undefined || (await isFolder(memory.cwd));
  // `cd` and `~` lead to the person's files: there is no other place that is theirs.
  const own = { PATH: path, HOME: files, LANG, TERM: 'dumb', RUNNEL_POD: podUid, RUNNEL_TURN: randomUUID() };
  const env = { ...own, ...cacheVariables(request.directory) };
  const keptFile = join(folder, 'kept');
  const command = {
    text: request.text,
    cwd: isThere ? (memory?.cwd ?? Buffer.from(files)) : Buffer.from(files),
    variables: memory?.variables ?? [],
    keptFile,
  };
  return {
    start: {
      ...tellShell(command),
      env,
      cwd: files,
      pipePath: join(folder, 'output'),
      onProcessGroup: request.onProcessGroup,
    },
    folder,
    keptFile,
    given: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    notices: [
      ...(isThere ? [] : [goneFolder(memory)]),
      ...[sayTaken(request.files)].filter((line) => line !== undefined),
    ],
  };
}

async function isFolder(path: Buffer): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

function goneFolder(memory: ShellMemory | undefined): string {
  const path = memory?.cwd.toString().replaceAll('`', "'").replaceAll(/\s/g, ' ') ?? '';
  return `The folder \`${path}\` is gone, so this ran where the session began.`;
}
