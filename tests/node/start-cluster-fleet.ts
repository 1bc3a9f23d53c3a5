// The fleet on a real node, and the people who write to it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { BatchV1Api, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { expect, vi } from 'vitest';
import type { ControlPlane } from '../cluster/control-plane.ts';
import { runKubectl } from '../cluster/run-kubectl.ts';
import { meetPerson, readThreads, type Person, type Threads } from '../support/read-threads.ts';
import { RUNNERS, startRealCluster, SYSTEM, type RealCluster } from './start-real-cluster.ts';

export type RunningPod = { readonly name: string; readonly uid: string; readonly job: string };

export type ClusterFleet = AsyncDisposable &
  Threads & {
    readonly controlPlane: ControlPlane;
    readonly core: CoreV1Api;
    readonly batch: BatchV1Api;
    person(index: number): Person;
    kubectl(...args: string[]): Promise<string>;
    /** The pods of a person's runner that there are. */
    runnerPods(person: Person): Promise<V1Pod[]>;
    /** The one that runs. */
    runningPod(person: Person): Promise<RunningPod>;
  };

export async function startClusterFleet(people: number): Promise<ClusterFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'runnel-node-'));
  const cluster = await startRealCluster(folder, people);
  return {
    ...describeFleet(cluster),
    async [Symbol.asyncDispose]() {
      try {
        await cluster[Symbol.asyncDispose]();
      } catch (error) {
        // One failure brings others about, and only the last would be shown.
        throw new Error(inspect(error), { cause: error });
      }
      expect(cluster.standIn.violations(), 'everything said to Slack was as Slack describes it').toEqual([]);
    },
  };
}

function describeFleet({
  controlPlane,
  workspace,
  people: ids,
}: RealCluster): Omit<ClusterFleet, typeof Symbol.asyncDispose> {
  const { config } = controlPlane.access;
  const core = config.makeApiClient(CoreV1Api);
  const kubectl = (...args: string[]): Promise<string> => runKubectl(controlPlane.access, args);
  const people = ids.map((id) => meetPerson(workspace, id));
  const runnerPods = async (person: Person): Promise<V1Pod[]> => {
    const { items } = await core.listNamespacedPod({ namespace: RUNNERS });
    return items.filter(({ metadata }) => metadata?.annotations?.['runnel.dev/user-key'] === person.userKey);
  };
  return {
    ...readThreads(workspace, () => describeCluster(kubectl)),
    controlPlane,
    core,
    batch: config.makeApiClient(BatchV1Api),
    kubectl,
    person(index) {
      const found = people[index];
      if (found === undefined) throw new Error(`The workspace has only ${people.length} people.`);
      return found;
    },
    runnerPods,
    async runningPod(person) {
      const isRunning = ({ metadata, status }: V1Pod): boolean =>
        status?.phase === 'Running' && metadata?.deletionTimestamp === undefined;
      const find = async (): Promise<V1Pod | undefined> => (await runnerPods(person)).find(isRunning);
      // Stories are told side by side: what is bound to the current test cannot be used.
      const pod = await vi.waitUntil(find, { timeout: 180_000, interval: 50 });
      const { name = '', uid = '', labels = {} } = pod.metadata ?? {};
      return { name, uid, job: labels['batch.kubernetes.io/job-name'] ?? '' };
    },
  };
}

/** For whoever waited in vain. */
async function describeCluster(kubectl: ClusterFleet['kubectl']): Promise<string> {
  const ask = (...args: string[]): Promise<string> => kubectl(...args).catch((error: unknown) => String(error));
  const logs = (namespace: string, ...whose: string[]): Promise<string> =>
    ask('logs', `--namespace=${namespace}`, ...whose);
  const parts = [
    await ask('get', 'pods,jobs', '--all-namespaces', '--output=wide'),
    await logs(SYSTEM, 'deployment/runnel-launcher', '--tail=15'),
    await logs(RUNNERS, '--selector=app.kubernetes.io/component=runner', '--tail=8'),
    await logs(SYSTEM, 'deployment/runnel-ingress', '--tail=15'),
    await ask('get', 'events', '--all-namespaces', '--sort-by=.lastTimestamp'),
  ];
  return parts
    .map((text) =>
      text
        .split('\n')
        .slice(-40)
        .map((line) => line.slice(0, 400))
        .join('\n'),
    )
    .join('\n---\n');
}
