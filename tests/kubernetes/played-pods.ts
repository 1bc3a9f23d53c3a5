// The Kubernetes pod backend in a namespace of its own, on played nodes: whoever looks at a pod here is its administrator.
import { BatchV1Api, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { kubernetesPodBackend, readProfile, type KubernetesPodOptions } from '@runnel/launcher/kubernetes-pods';
import type { PodBackend } from '@runnel/launcher/serving';
import { expect, onTestFinished } from 'vitest';
import type { ClusterAccess } from '../cluster/cluster-access.ts';
import { endPlayedPod } from '../cluster/end-played-pod.ts';
import { clusterAccess } from '../cluster/suite-cluster.ts';
import { describeRunners } from '../support/describe-runners.ts';
import { freshRunnerNamespace } from './runner-namespace.ts';

/** A runner of the port: what tells it from every other one is its `uid`. */
type Runner = { readonly name: string; readonly uid: string };

export type PlayedPods = {
  readonly access: ClusterAccess;
  readonly namespace: string;
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
  /** Another launcher's client; `image` decides what becomes of its pods. */
  readonly backend: (own?: Partial<KubernetesPodOptions>) => PodBackend;
  /** All pods that Kubernetes has of this runner. */
  readonly podsOf: (runner: Runner) => Promise<V1Pod[]>;
  /** Its one pod, once it runs. */
  readonly running: (runner: Runner) => Promise<V1Pod>;
  readonly finish: (runner: Runner, exitCode: number) => Promise<void>;
};

export const patiently = { timeout: 120_000, interval: 50 };

/** Every guard of a real cluster is on: `restricted`, quota and all that the manifests ask for are the test's to add. */
export async function playedPods(cluster?: ClusterAccess): Promise<PlayedPods> {
  const access = cluster ?? (await clusterAccess());
  const namespace = await freshRunnerNamespace(access);
  onTestFinished(() => namespace[Symbol.asyncDispose]());
  const core = access.config.makeApiClient(CoreV1Api);
  const batch = access.config.makeApiClient(BatchV1Api);
  const profile = await readProfile('', 'interactive');
  const podsOf = async ({ uid }: Runner): Promise<V1Pod[]> => {
    const labelSelector = `batch.kubernetes.io/controller-uid=${uid}`;
    return (await core.listNamespacedPod({ namespace: namespace.name, labelSelector })).items;
  };
  const running = async (runner: Runner): Promise<V1Pod> => {
    const find = async (): Promise<V1Pod | undefined> =>
      (await podsOf(runner)).find((pod) => pod.status?.phase === 'Running');
    await expect.poll(find, patiently).toBeDefined();
    const pod = await find();
    if (pod === undefined) throw new Error('the pod came and went');
    return pod;
  };
  const backend: PlayedPods['backend'] = (own = {}) =>
    kubernetesPodBackend({
      kubeconfig: access.kubeconfig,
      namespace: namespace.name,
      image: 'fake/run:1',
      serviceAccount: 'runnel-runner',
      configMap: 'runnel-runner',
      secret: 'runnel-runner',
      secretKeys: ['REDIS_URL', 'SLACK_BOT_TOKEN'],
      stateClaim: 'runnel-state',
      stateBucket: '',
      profileName: 'interactive',
      profile,
      memoryBytes: 2 * 1024 ** 3,
      maxLifetimeMs: 12 * 3_600_000,
      machineMs: 3_600_000,
      startMs: 120_000,
      graceMs: 25_000,
      onError: () => undefined,
      ...own,
    });
  describeAfterFailure(backend());
  return {
    access,
    namespace: namespace.name,
    core,
    batch,
    podsOf,
    running,
    backend,
    async finish(runner, exitCode) {
      const { metadata } = await running(runner);
      await endPlayedPod(access, { namespace: namespace.name, name: metadata?.name ?? '', exitCode });
    },
  };
}

/** What became of its runners, before their namespace goes: hooks run in reverse. */
function describeAfterFailure(backend: PodBackend): void {
  onTestFinished(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const pods = await backend.list().catch(() => []);
    const found = await Promise.all(pods.map(({ name }) => backend.diagnose(name).catch(() => undefined)));
    const runners = found
      .filter((pod) => pod !== undefined)
      .map((pod) => ({ ...pod, pod, at: Date.now(), unknown: {} }));
    process.stderr.write(`--- ${task.name}\n${describeRunners(runners)}\n`);
  });
}
