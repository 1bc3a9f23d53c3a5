// Processes known by a mark in their environment, which children inherit through any number of forks and sessions.
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isDead, parseStat, readProc } from './process-identity.ts';

/** How long ending may take: only a process that the kernel itself holds survives SIGKILL for longer. */
const END_WITHIN_MS = 5_000;
const LOOK_AGAIN_MS = 5;

/** Values of the mark, each with the pids that carry it; what they started with a cleaned environment is counted in. */
export async function listMarked(name: string): Promise<Map<string, number[]>> {
  const rows = process.platform === 'linux' ? rowsFromProc(name) : await rowsFromPs(name);
  const byPid = new Map(rows.map((row) => [row.pid, row]));
  const marked = new Map<string, number[]>();
  for (const row of rows) {
    const value = markOf(row, byPid);
    if (value === undefined || row.pid === process.pid) continue;
    marked.set(value, [...(marked.get(value) ?? []), row.pid]);
  }
  return marked;
}

/** The pids that carry `name=value`, this process never among them. */
export async function findMarked(name: string, value: string): Promise<number[]> {
  return (await listMarked(name)).get(value) ?? [];
}

/**
 * SIGKILL until none is left but those that are spared, since what is killed may have just forked. Resolves with what could not be ended,
 * as a rule nothing.
 */
export async function endMarked(
  name: string,
  value: string,
  isSpared: (pid: number) => boolean = () => false,
): Promise<number[]> {
  const deadline = performance.now() + END_WITHIN_MS;
  for (;;) {
    const pids = (await findMarked(name, value)).filter((pid) => !isSpared(pid));
    if (pids.length === 0 || performance.now() > deadline) return pids;
    for (const pid of pids) kill(pid);
    await sleep(LOOK_AGAIN_MS);
  }
}

type Row = {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly value: string | undefined;
};

/** The own mark, else that of the nearest ancestor or session leader that has one. */
function markOf(row: Row, byPid: ReadonlyMap<number, Row>): string | undefined {
  const seen = new Set<number>();
  let at: Row | undefined = row;
  while (at !== undefined && !seen.has(at.pid)) {
    if (at.value !== undefined) return at.value;
    const leader = byPid.get(at.session)?.value;
    if (leader !== undefined) return leader;
    seen.add(at.pid);
    at = byPid.get(at.parent);
  }
  return undefined;
}

/** Synchronous on purpose: `/proc` is memory, and a round through the thread pool for each file costs ten times more. */
function rowsFromProc(name: string): Row[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    const stat = readProc(`/proc/${entry}/stat`);
    if (stat === undefined) return [];
    const { state, parent, session } = parseStat(stat);
    if (isDead(state)) return [];
    const environment = readProc(`/proc/${entry}/environ`) ?? '';
    return [{ pid: Number(entry), parent, session, value: valueIn(environment.split('\0'), name) }];
  });
}

async function rowsFromPs(name: string): Promise<Row[]> {
  const options = { maxBuffer: 64 * 1024 ** 2 };
  const { stdout } = await promisify(execFile)('ps', ['-axEww', '-o', 'pid=,ppid=,pgid=,stat=,command='], options);
  return stdout.split('\n').flatMap((line) => {
    const [pid = '', parent = '', group = '', state = '', ...words] = line.trim().split(/\s+/);
    if (pid === '' || isDead(state)) return [];
    return [{ pid: Number(pid), parent: Number(parent), session: Number(group), value: valueIn(words, name) }];
  });
}

function valueIn(variables: readonly string[], name: string): string | undefined {
  return variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone in the meantime, or not ours: the next look tells.
  }
}
