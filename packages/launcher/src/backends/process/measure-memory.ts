// How much memory the processes of pods hold, for a ceiling where no kernel group keeps one.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { listMarked, readProc } from '@runnel/shared/process';

/** Bytes per value of the mark. */
export async function measureMarked(mark: string): Promise<Map<string, number>> {
  const marked = await listMarked(mark);
  if (marked.size === 0) return new Map();
  const residentOf = process.platform === 'linux' ? residentFromProc : await residentFromPs();
  return new Map([...marked].map(([value, pids]) => [value, pids.reduce((sum, pid) => sum + residentOf(pid), 0)]));
}

/** Without pages of files: programs share them, and the kernel takes them back when it needs to. */
function residentFromProc(pid: number): number {
  const status = readProc(`/proc/${pid}/status`) ?? '';
  return kilobytes(status, 'RssAnon') + kilobytes(status, 'RssShmem');
}

function kilobytes(status: string, field: string): number {
  return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
}

async function residentFromPs(): Promise<(pid: number) => number> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,rss=']);
  const resident = new Map(
    stdout
      .split('\n')
      .map((line) => line.trim().split(/\s+/).map(Number))
      .map(([pid = 0, kb = 0]) => [pid, kb]),
  );
  return (pid) => 1024 * (resident.get(pid) ?? 0);
}
