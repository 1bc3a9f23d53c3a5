// How long a runner's pod takes to start, from its node to its lease, in parts.
import { readFileSync } from 'node:fs';
import { Watch } from '@kubernetes/client-node';
import type { V1Pod } from '@kubernetes/client-node';
import type { Person } from '../support/read-threads.ts';
import { findRunnerProcess } from './find-runner-process.ts';
import type { ClusterFleet } from './start-cluster-fleet.ts';
import { RUNNERS } from './start-real-cluster.ts';

/** Milliseconds. `cluster` ends, and `image` begins, when the container's first process does. */
export type StartTimes = { readonly cluster: number; readonly image: number };

/** Asks somebody who sleeps to answer, and follows the pod. */
export async function measureStart(fleet: ClusterFleet, person: Person): Promise<StartTimes> {
  const scheduled = new Map<string, number>();
  const watch = await new Watch(fleet.controlPlane.access.config).watch(
    `/api/v1/namespaces/${RUNNERS}/pods`,
    {},
    (_type, pod: V1Pod) => {
      const { name = '' } = pod.metadata ?? {};
      if (pod.spec?.nodeName !== undefined && !scheduled.has(name)) scheduled.set(name, Date.now());
    },
    () => undefined,
  );
  try {
    const place = person.say('echo awake; sleep 3');
    const pod = await fleet.runningPod(person);
    const startedAt = startOfContainer(pod.uid);
    await fleet.answered(place, 1, 60_000);
    const log = await fleet.kubectl('logs', `--namespace=${RUNNERS}`, pod.name);
    const [, acquired = ''] = /"time":"([^"]+)"[^\n]*"msg":"asked for the lease"/.exec(log) ?? [];
    const scheduledAt = scheduled.get(pod.name) ?? NaN;
    return { cluster: startedAt - scheduledAt, image: Date.parse(acquired) - startedAt };
  } finally {
    watch.abort();
  }
}

/** When the first process of a pod's runner began, by this machine's clock. */
function startOfContainer(podUid: string): number {
  const stat = readFileSync(`/proc/${findRunnerProcess(podUid)}/stat`, 'utf8');
  const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const upMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1_000;
  // A tick is 10 ms, whatever the kernel counts in.
  return Date.now() - (upMs - ticks * 10);
}
