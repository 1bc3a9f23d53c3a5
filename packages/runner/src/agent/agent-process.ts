// The program of an agent with everything it starts, in a process group of its own.
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { endEverything, signalGroup, TURN_MARK } from './turn-processes.ts';
import { within } from './within.ts';

export type AgentStart = {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing comes from the runner's own. */
  readonly env: Readonly<Record<string, string>> & { readonly RUNNEL_TURN: string };
  readonly onProcessGroup: (groupId: number) => Disposable;
};

export type AgentProcess = {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** The last of what it wrote to its error output. */
  readonly complaint: () => string;
  /** Resolves when nothing of it is left: SIGTERM, and SIGKILL after the grace. */
  readonly end: (graceMs: number) => Promise<void>;
  /** Without more input it may write what it has to and go by itself. `canceledAt`: on the `performance.now()` clock, where it was. */
  readonly leave: (canceledAt: number | undefined) => Promise<void>;
};

/** Between an interrupt and the end of its processes: what it was told is written down in it, on a busy machine not at once. */
export const INTERRUPT_MS = 4_000;
/** What could not be written of a conversation by then is forgotten. The time it took to hear an interrupt counts: a drain has no more. */
const LEAVE_MS = 4_000;
const LEAVE_AT_LEAST_MS = 1_000;

const COMPLAINT_BYTES = 4_096;

export function startAgentProcess({ command, args, cwd, env, onProcessGroup }: AgentStart): AgentProcess {
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = `${complaint}${text}`.slice(-COMPLAINT_BYTES);
  });
  // Whoever writes to one that has ended learns it from its end.
  child.stdin.on('error', () => undefined);
  const group = child.pid;
  const announced = group === undefined ? undefined : onProcessGroup(group);
  const end = async (graceMs: number): Promise<void> => {
    if (group === undefined) return;
    signalGroup(group, 'SIGTERM');
    await endEverything(group, env[TURN_MARK], graceMs);
    announced?.[Symbol.dispose]();
  };
  const leave = async (canceledAt: number | undefined): Promise<void> => {
    if (group === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const left = Promise.withResolvers<void>();
    child.once('exit', () => left.resolve());
    child.stdin.end();
    const taken = canceledAt === undefined ? 0 : performance.now() - canceledAt;
    await within(Math.max(LEAVE_AT_LEAST_MS, LEAVE_MS - taken), left.promise);
  };
  return { child, complaint: () => complaint.trim(), end, leave };
}
