// The shipped launcher with its pods on a cluster, in a process of its own:
// `node cluster-launcher-process.ts <redis url> <kubeconfig> <namespace> <concurrency>`.
import { subscribe, tracingChannel } from 'node:diagnostics_channel';
import { kubernetesPodBackend, readProfile } from '@runnel/launcher/kubernetes-pods';
import { runLauncher } from '@runnel/launcher/serving';
import type { Step } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { memoryReplySink, memoryThreadStatus } from '@runnel/shared/testing';
import { answerParent, monotonicMs, tellParent, type ClusterLauncherQuestions } from './fleet-process.ts';
import { launcher, launchWorkers, protocol, runnerJobs } from './fleet-settings.ts';

const [, , redisUrl = '', kubeconfig = '', namespace = '', concurrency = ''] = process.argv;
const fail = (error: Error): void => {
  throw error;
};

const calls: string[] = [];
subscribe('undici:request:create', (message) => {
  // oxlint-disable-next-line no-unsafe-type-assertion -- undici's own documentation of this channel
  const { method, path } = (message as { request: { method: string; path: string } }).request;
  if (path.startsWith('/api')) calls.push(`${method} ${path.includes('watch=') ? 'watch' : ''}`.trim());
});
const looks: number[] = [];
const begun = new WeakMap<object, number>();
tracingChannel<unknown, Step>('runnel:step').subscribe({
  start: (step) => void begun.set(step, monotonicMs()),
  end: () => undefined,
  asyncStart: () => undefined,
  asyncEnd(step) {
    const now = monotonicMs();
    if (step.name === 'reconcile') looks.push(now - (begun.get(step) ?? now));
    if (step.name === 'create' && step.user !== undefined) tellParent({ kind: 'created', user: step.user, at: now });
  },
  error: () => undefined,
});

answerParent<ClusterLauncherQuestions>({
  usage() {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage.rss() / 1024 ** 2 };
  },
  calls: () => calls.splice(0),
  looks: () => looks.splice(0),
});
const profile = await readProfile('', 'interactive');
const running = runLauncher(
  {
    delivery: new RedisDelivery(connectRedis(redisUrl, 'commands', fail), protocol),
    queue: bullmqLaunchQueue({ redisUrl, ...launchWorkers, onError: fail }),
    backend: kubernetesPodBackend({ ...runnerJobs, profile, kubeconfig, namespace, onError: () => undefined }),
    replies: memoryReplySink(),
    status: memoryThreadStatus(),
    log: createLogger('launcher', 'error'),
  },
  { ...launcher, pollMs: { ...launcher.pollMs, launching: 2_000 }, concurrency: Number(concurrency) },
  new AbortController().signal,
);
tellParent({ kind: 'ready' });
await running;
