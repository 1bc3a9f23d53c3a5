// The first process of a runner's container, as seen from its node.
import { readdirSync, readFileSync } from 'node:fs';

/** Its pid; a pod is known to the kernel by its cgroup. */
export function findRunnerProcess(podUid: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const isRunner = (pid: string): boolean =>
    read(pid, 'cmdline').startsWith('/usr/bin/tini\0') && read(pid, 'cgroup').includes(podUid);
  const pid = pids.find(isRunner);
  if (pid === undefined) throw new Error(`No process of the pod ${podUid} is found.`);
  return Number(pid);
}

/** The first process that it started. */
export function childOf(pid: number): number {
  const [child = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  if (child === '') throw new Error(`The process ${pid} has no child.`);
  return Number(child);
}

function read(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    // Gone meanwhile.
    return '';
  }
}
