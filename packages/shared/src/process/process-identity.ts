// Who a process is: its pid and when the kernel started it, so that a reused pid is never taken for the old one.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** `startedAt` is opaque: compared for equality, meaningful on one machine, different after a reboot. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string };

/** Undefined for a process that is gone, zombies included: nothing of them runs. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const startedAt = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

function startFromProc(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const { state, startTicks } = parseStat(stat);
  // Ticks count from the boot, so the boot belongs to the identity: state folders outlive it.
  return isDead(state) ? undefined : `${bootId()}-${startTicks}`;
}

/** What `/proc/<pid>/stat` says (proc(5)). The name may hold spaces and brackets, so fields are counted from its end. */
export function parseStat(stat: string): { state: string; parent: number; session: number; startTicks: string } {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent = '', , session = ''] = fields;
  return { state, parent: Number(parent), session: Number(session), startTicks: fields[19] ?? '' };
}

export function isDead(state: string): boolean {
  return state.startsWith('Z') || state.startsWith('X');
}

/** Undefined when the process is gone, or somebody else's. */
export function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readProc('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [state = '', ...start] = line.trim().split(/\s+/);
    return state === '' || isDead(state) ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}
