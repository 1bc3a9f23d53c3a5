// One process of a local fleet: in a process group of its own, so that Ctrl-C reaches it through us, its output in a log file.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';

export type Child = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves with how it ended, in words. */
  readonly ended: Promise<string>;
  /** Asks it to end and waits; SIGKILL after the grace. Harmless when it is gone. */
  end(graceMs: number): Promise<void>;
  kill(): void;
};

export type ChildPlan = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Written to its standard input, which is empty otherwise. */
  readonly input?: string;
};

export async function startChild(plan: ChildPlan): Promise<Child> {
  const log = openSync(plan.logFile, 'a', 0o600);
  const child = spawn(plan.command, plan.args, {
    env: plan.env,
    detached: true,
    stdio: [plan.input === undefined ? 'ignore' : 'pipe', log, log],
  });
  closeSync(log);
  await once(child, 'spawn');
  if (plan.input !== undefined) child.stdin?.end(plan.input);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${plan.name} did not start.`);
  const ended = untilEnded(child);
  return {
    name: plan.name,
    pid,
    logFile: plan.logFile,
    ended,
    async end(graceMs) {
      if (hasEnded(child)) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(late);
    },
    kill: () => void (hasEnded(child) || child.kill('SIGKILL')),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function untilEnded(child: ChildProcess): Promise<string> {
  if (!hasEnded(child)) await once(child, 'exit');
  return child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`;
}
