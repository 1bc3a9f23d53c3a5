// A launcher in a process of its own, on a control plane of its own: its nodes are played, and its runners are played here.
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchV1Api, CoreV1Api } from '@kubernetes/client-node';
import { jobOfSpec, readProfile } from '@runnel/launcher/kubernetes-pods';
import { isUserKey, runnerName, type Holder, type UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { startRedisServer } from '@runnel/shared/testing';
import {
  endPlayedPod,
  followObjects,
  makeRunnerNamespace,
  startControlPlane,
  startPlayedNodes,
  type ControlPlane,
} from '@runnel/tests/cluster';
import { prompt } from '../world.ts';
import { FleetProcess, monotonicMs, type ClusterLauncherQuestions, type News } from './fleet-process.ts';
import { launchWorkers, protocol, runnerJobs } from './fleet-settings.ts';

export type ClusterFleet = AsyncDisposable & {
  readonly launcher: FleetProcess<ClusterLauncherQuestions>;
  /** A message and its launch request. Resolves to the milliseconds from the request until its Job was made. */
  readonly launch: (user: UserKey) => Promise<number>;
  /** Its runner answers, goes to sleep, and its pod ends. */
  readonly sleep: (user: UserKey) => Promise<void>;
  /** The same Job, made by nobody but this client. */
  readonly postBareJob: (user: UserKey) => Promise<unknown>;
  /** That many runners hold their leases. */
  untilLive(count: number): Promise<void>;
};

export type ClusterFleetOptions = { readonly folder: string; readonly concurrency: number };

const NODES = 8;
const RUNNERS = 'runners';
const BARE = 'bare';
const PATIENCE_MS = 300_000;
/** So long that nobody has to renew. */
const LEASE_MS = 24 * 3600 * 1000;

type Live = { readonly holder: Holder; readonly pod: string };

export async function startClusterFleet({ folder, concurrency }: ClusterFleetOptions): Promise<ClusterFleet> {
  await using opened = new AsyncDisposableStack();
  const plane = opened.use(await startControlPlane({ folder }));
  await startPlayedNodes(plane, { nodes: NODES });
  const { access } = plane;
  for (const name of [RUNNERS, BARE]) await makeRunnerNamespace(access, name);
  const server = opened.use(await startRedisServer());
  const fail = (error: Error): void => {
    throw error;
  };
  const redis = opened.adopt(connectRedis(server.url, 'commands', fail), (client) => client.disconnect());
  const workers = { redisUrl: server.url, ...launchWorkers, onError: fail };
  const queue = opened.adopt(bullmqLaunchQueue(workers), (open) => open.close());
  const delivery = new RedisDelivery(redis, { ...protocol, leaseMs: LEASE_MS });
  const live = new Map<UserKey, Live>();
  const waiting = new Map<UserKey, (at: number) => void>();
  const hear = (news: News): void => {
    if (news.kind === 'created') waiting.get(news.user)?.(news.at);
  };
  const args = [server.url, access.kubeconfig, RUNNERS, String(concurrency)];
  const launcher = opened.use(new FleetProcess<ClusterLauncherQuestions>('./cluster-launcher-process.ts', args, hear));
  await launcher.ready;
  opened.use(await playRunners(plane, delivery, live));
  const batch = access.config.makeApiClient(BatchV1Api);
  const profile = await readProfile('', 'interactive');
  let said = 0;
  const kept = opened.move();
  return {
    launcher,
    async launch(user) {
      const { hint } = await delivery.enqueue({ user, identity: String((said += 1)), payload: prompt });
      if (hint.kind !== 'wake') throw new Error(`${user} is awake.`);
      const made = new Promise<number>((resolve) => void waiting.set(user, resolve));
      const from = monotonicMs();
      await queue.add({ user, generation: hint.generation });
      return (await made) - from;
    },
    async sleep(user) {
      const found = live.get(user);
      if (found === undefined) throw new Error(`${user} has no runner.`);
      live.delete(user);
      await delivery.acknowledge(found.holder, await delivery.backlog(user));
      await delivery.release(found.holder, 'idle');
      await endPlayedPod(access, { namespace: RUNNERS, name: found.pod, exitCode: 0 });
    },
    postBareJob: (user) => {
      const spec = { user, generation: '1', name: runnerName(user) };
      const body = jobOfSpec(spec, { ...runnerJobs, profile, namespace: BARE });
      return batch.createNamespacedJob({ namespace: BARE, body, fieldValidation: 'Strict' });
    },
    async untilLive(count) {
      const deadline = performance.now() + PATIENCE_MS;
      while (live.size < count) {
        if (performance.now() > deadline) throw new Error(`${live.size} of ${count} runners came to live.`);
        await sleep(10);
      }
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Each acquires its lease as soon as its played node says that it runs. */
async function playRunners({ access }: ControlPlane, delivery: RedisDelivery, live: Map<UserKey, Live>) {
  const core = access.config.makeApiClient(CoreV1Api);
  const known = new Set<string>();
  return followObjects({
    access,
    path: `/api/v1/namespaces/${RUNNERS}/pods`,
    list: () => core.listNamespacedPod({ namespace: RUNNERS }),
    see({ metadata, status }) {
      const { uid: owner = '', name: pod = '', annotations = {} } = metadata ?? {};
      const { 'runnel.dev/user-key': user = '', 'runnel.dev/generation': generation = '' } = annotations;
      if (status?.phase !== 'Running' || known.has(owner) || !isUserKey(user)) return;
      known.add(owner);
      const holder = { user, generation, owner };
      void delivery.acquire(holder).then((answer) => answer === 'ok' && live.set(user, { holder, pod }));
    },
  });
}
