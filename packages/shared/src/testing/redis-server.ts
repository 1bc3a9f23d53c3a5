// A real redis-server for tests and benchmarks: a port and a folder of its own, gone when its owner is.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../process/free-port.ts';

export interface RedisServerOptions {
  /** Further arguments, after `--save '' --appendonly no`: the last of two wins. */
  readonly args?: readonly string[];
  /** Data folder that outlives the server. Without it: a temporary one, removed at the end. */
  readonly dir?: string;
  /** A port to come back on. Without it: a free one. */
  readonly port?: number;
}

export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** SIGTERM: saves if it was told to, then ends. */
  stop(): Promise<void>;
  /** SIGKILL: what a crash leaves. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 5;

/** Starts a server and resolves when it answers PING. Rejects with the server's own last lines when it does not. */
export async function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'runnel-redis-')));
  const port = options.port ?? (await freePort(ownPorts()));
  const child = launch(port, dir, options.args ?? []);
  // A test process that ends without closing must not leave servers behind.
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (isRunning(child)) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
    process.removeListener('exit', killNow);
    if (options.dir === undefined) await rm(dir, { recursive: true, force: true });
  };
  const stop = (): Promise<void> => end('SIGTERM');

  try {
    const pid = await untilReady(child, port);
    const kill = (): Promise<void> => end('SIGKILL');
    return { url: `redis://127.0.0.1:${port}`, port, pid, stop, kill, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

/**
 * No port that somebody else takes while the server that is to come back on it is away: those that `freePort` gives to others
 * begin at 20,000, and each of the processes that run tests side by side has a thousand of its own.
 */
function ownPorts(): { from: number; to: number } {
  const from = 10_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 10) * 1_000;
  return { from, to: from + 1_000 };
}

function launch(port: number, dir: string, args: readonly string[]): ChildProcess {
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'];
  return spawn(process.env['REDIS_SERVER'] ?? 'redis-server', [...own, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function untilReady(child: ChildProcess, port: number): Promise<number> {
  const lastLines = keepLastLines(child);
  let spawnError: Error | undefined;
  child.once('error', (error) => (spawnError = error));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (spawnError !== undefined) throw new Error(`redis-server cannot be started: ${spawnError.message}`);
    if (!isRunning(child)) throw new Error(`redis-server ended at its start:\n${lastLines()}`);
    if (child.pid !== undefined && (await answersPing(port))) return child.pid;
    await delay(POLL_MS);
  }
  throw new Error(`redis-server did not answer within ${START_TIMEOUT_MS} ms:\n${lastLines()}`);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined ? child.exitCode === null && child.signalCode === null : false;
}

/** Reads the output for as long as the server lives: a full pipe would stop it. */
function keepLastLines(child: ChildProcess): () => string {
  let tail = '';
  const keep = (chunk: Buffer): void => void (tail = (tail + chunk.toString()).slice(-2_000));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => tail;
}

/** Spoken without a client, as the server may not be up: a refused connection is an answer here. */
async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write('PING\r\n');
    for await (const chunk of socket) return String(chunk).startsWith('+PONG');
    return false;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
