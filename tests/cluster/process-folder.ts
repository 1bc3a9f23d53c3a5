// The processes of one control plane: each with its log in one folder, all of them known there by pid and start time,
// so that another process can end them too.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identifyProcess, isAlive, type ProcessIdentity } from '@runnel/shared/process';

export type NamedProcess = ProcessIdentity & { readonly name: string };

export type ProcessFolder = {
  /** Starts a program whose output goes to `NAME.log`. A process of that name must not run. */
  start(name: string, program: string, args: readonly string[]): Promise<void>;
  /** SIGKILL, and waits until it is gone. Harmless when it is. */
  end(name: string): Promise<void>;
  /** Harmless when all are ended, and their folder is gone. */
  endAll(): Promise<void>;
  /** Throws, with the lines of the log that explain it, when one of them has ended by itself. */
  assertAlive(): void;
  /** The last lines of everybody's log that tell of trouble. */
  explain(): string;
};

export type ProcessFolderOptions = {
  /** They go on when this process has ended; otherwise they die with it, whatever it dies of. */
  readonly outlive: boolean;
};

const RECORD = 'processes.json';
const LOOK_AGAIN_MS = 5;
const LAST_THREAD_MS = 10_000;

export function openProcessFolder(folder: string, { outlive }: ProcessFolderOptions): ProcessFolder {
  const running = new Map<string, NamedProcess>();
  const save = (): void => {
    const file = join(folder, RECORD);
    writeFileSync(`${file}.new`, JSON.stringify([...running.values()]), { mode: 0o600 });
    renameSync(`${file}.new`, file);
  };
  const explainOne = (name: string): string => `${name}:\n${tellingLines(join(folder, `${name}.log`))}`;
  return {
    async start(name, program, args) {
      if (running.has(name)) throw new Error(`${name} runs already.`);
      const log = openSync(join(folder, `${name}.log`), 'a', 0o600);
      // The kernel's word is kept even where this process is killed: `npm test` leaves no cluster behind.
      const [command, ...rest] = outlive ? [program, ...args] : ['setpriv', '--pdeathsig', 'KILL', program, ...args];
      const child = spawn(command ?? program, rest, { cwd: folder, detached: true, stdio: ['ignore', log, log] });
      closeSync(log);
      if (child.pid === undefined) await once(child, 'spawn'); // says why it is not
      child.unref();
      // Known before anything else can happen: what is not recorded could not be ended by others.
      const identity = identifyProcess(child.pid ?? 0);
      if (identity === undefined) throw new Error(`${name} ended at its start.\n${explainOne(name)}`);
      running.set(name, { name, ...identity });
      save();
    },
    async end(name) {
      const found = running.get(name);
      if (found === undefined) return;
      await endProcess(found);
      running.delete(name);
      save();
    },
    async endAll() {
      if (running.size === 0) return;
      await Promise.all([...running.values()].map(endProcess));
      running.clear();
      save();
    },
    assertAlive() {
      for (const found of running.values()) {
        if (!isAlive(found)) throw new Error(`${found.name} has ended by itself.\n${explainOne(found.name)}`);
      }
    },
    explain: () => [...running.keys()].map(explainOne).join('\n'),
  };
}

/** What is recorded in a folder and lives, whoever started it. */
export function findRecorded(folder: string): NamedProcess[] {
  return readRecord(folder).filter(isAlive);
}

/** The names of what is recorded and has ended by itself. */
export function findEnded(folder: string): string[] {
  return readRecord(folder)
    .filter((found) => !isAlive(found))
    .map(({ name }) => name);
}

function readRecord(folder: string): NamedProcess[] {
  const file = join(folder, RECORD);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as NamedProcess[]) : [];
}

/** SIGKILL: their data is thrown away, and asked politely some of them take ten seconds. */
export async function endProcess(found: NamedProcess): Promise<void> {
  while (isAlive(found)) {
    process.kill(found.pid, 'SIGKILL');
    await sleep(LOOK_AGAIN_MS);
  }
  // Its first thread is gone; its ports are free with the last one.
  const giveUpAt = performance.now() + LAST_THREAD_MS;
  while (countThreads(found.pid) > 1 && performance.now() < giveUpAt) await sleep(LOOK_AGAIN_MS);
}

function countThreads(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

/** klog's errors, etcd's JSON, what a shell or a panic says; the last lines of any kind where there is none of these. */
function tellingLines(file: string): string {
  if (!existsSync(file)) return '  (no log)';
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const telling = lines.filter((line) =>
    /^[EF]\d{4} |"level":"(error|fatal|panic)"|^(Error|panic|setpriv)\b/.test(line),
  );
  return (telling.length > 0 ? telling : lines)
    .slice(-6)
    .map((line) => `  ${line.slice(0, 600)}`)
    .join('\n');
}
