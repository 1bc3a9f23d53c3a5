// What operators are told of runners on a cluster: a real launcher process over a real API server, asked by `runnel diagnose`.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSlackStandIn, Workspace } from '@runnel/dev';
import { runnerName, type UserKey } from '@runnel/shared';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings, freshRedisUrl, promptOf } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { execPath, mainOf, runToEnd } from '../support/run-process.ts';
import { patiently, playedPods, type PlayedPods } from './played-pods.ts';

const TOKEN = 'only-for-operators';
const ada: UserKey = 'T0LOCAL:U0ADA';
const name = runnerName(ada);

type Pod = { readonly uid: string; readonly phase: string; readonly [field: string]: unknown };
type Diagnostics = { readonly pod?: Pod; readonly ended?: Pod; readonly unknown: Readonly<Record<string, string>> };

/** A launcher as a process of its own, whose pods are of this image. */
async function openLauncher(played: PlayedPods, image: string) {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-diagnostics-'));
  const slack = await startSlackStandIn({ appToken: 'xapp-1', botToken: 'xoxb-1', workspace: new Workspace() });
  const redisUrl = await freshRedisUrl();
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  const child = spawn(execPath(), [mainOf('launcher')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      REDIS_URL: redisUrl,
      SLACK_API_URL: slack.url,
      SLACK_BOT_TOKEN: 'xoxb-1',
      AGENT_PROVIDER: 'scripted',
      POD_BACKEND: 'kubernetes',
      KUBECONFIG: played.access.kubeconfig,
      RUNNER_NAMESPACE: played.namespace,
      RUNNER_IMAGE: image,
      STATE_CLAIM: 'runnel-state',
      LAUNCH_BACKOFF: '2s',
      HTTP_PORT: '0',
      OPERATIONS_TOKEN: TOKEN,
    },
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    redis.disconnect();
    await slack.close();
    await rm(folder, { recursive: true, force: true });
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await expect.poll(() => said, patiently).toContain('launcher ready');
  const url = /"url":"([^"]+)"/.exec(said)?.[1] ?? '';
  const runnel = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await runToEnd('cli', { RUNNEL_URL: url, OPERATIONS_TOKEN: TOKEN }, args);
    expect(stderr).toBe('');
    return stdout;
  };
  return {
    log: () => said,
    runnel,
    diagnose: async () => JSON.parse(await runnel('diagnose', '--json', ada)) as Diagnostics,
    readiness: async (): Promise<number> => (await fetch(`${url}/readyz`)).status,
    /** A message of hers, for which the launcher makes a runner. */
    async write(): Promise<void> {
      const delivery = new RedisDelivery(redis, deliveryTestSettings);
      await delivery.enqueue({ user: ada, identity: 'T0LOCAL:D0ADA:1.0', payload: promptOf('hello') });
    },
  };
}

test('a runner that waits for its image: why, in the words of the cluster, with its events and where it was put', async () => {
  const played = await playedPods();
  const launcher = await openLauncher(played, 'fake/waiting:ImagePullBackOff');
  await expect.poll(() => launcher.readiness(), patiently).toBe(200);
  await launcher.write();
  const waiting = { name: 'runner', ready: false, state: { kind: 'waiting', reason: 'ImagePullBackOff' } };
  await expect
    .poll(async () => (await launcher.diagnose()).pod, patiently)
    .toMatchObject({ phase: 'pending', node: expect.any(String), containers: [waiting] });
  const { pod, unknown } = await launcher.diagnose();
  expect(unknown).toEqual({});
  expect(pod?.['conditions']).toContainEqual(expect.objectContaining({ type: 'PodScheduled', status: 'True' }));
  expect(pod?.['events']).toContainEqual(expect.objectContaining({ reason: 'Scheduled', count: 1 }));
  const text = await launcher.runnel('diagnose', name);
  expect(text).toMatch(
    /lease +launching[^]*Container runner: waiting: ImagePullBackOff[^]*not ready[^]*Events[^]*Scheduled/,
  );
  expect(await launcher.runnel('runners')).toMatch(new RegExp(`${ada} +${name} +(image|scheduled) `));
});

test('a runner that fell and whose successor lives: both, though Kubernetes has forgotten the first', async () => {
  const played = await playedPods();
  const launcher = await openLauncher(played, 'fake/exit:3');
  await launcher.write();
  // The successor falls too, and is then the last one that ended.
  let found: Diagnostics = { unknown: {} };
  await expect
    .poll(async () => (found = await launcher.diagnose()), patiently)
    .toMatchObject({ ended: { phase: 'failed', end: { reason: 'exited', exitCode: 3 } }, pod: {} });
  const { pod, ended } = found;
  expect(ended?.['containers']).toMatchObject([{ name: 'runner', state: { kind: 'ended', exitCode: 3 } }]);
  expect(pod?.uid).not.toBe(ended?.uid);
  const jobs = await played.batch.listNamespacedJob({ namespace: played.namespace });
  expect(jobs.items.map(({ metadata }) => metadata?.uid)).not.toContain(ended?.uid);
});

test('a runner of which Kubernetes knows nothing any more: as it was when it was removed', async () => {
  const played = await playedPods();
  const launcher = await openLauncher(played, 'fake/oom:1');
  await launcher.write();
  await expect.poll(() => launcher.log(), patiently).toContain('runner failed');
  const removed = { namespace: played.namespace, name, body: { propagationPolicy: 'Background' } };
  await played.batch.deleteNamespacedJob(removed).catch(() => undefined);
  await expect
    .poll(async () => (await launcher.diagnose()).ended, patiently)
    .toMatchObject({ phase: 'failed', end: { reason: 'memory' } });
});

test('a machine that gives no log keeps nothing else back, and the log is not said to be empty', async () => {
  const played = await playedPods();
  const backend = played.backend();
  const { pod } = await backend.create({ user: ada, generation: '100', name });
  await played.running(pod);
  const began = performance.now();
  const found = await backend.diagnose(name);
  // An operator's patience, and that of whoever keeps it before a pod is removed.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(found).toMatchObject({ uid: pod.uid, phase: 'running', containers: [{ state: { kind: 'running' } }] });
  expect(found?.containers[0]).toMatchObject({ logLines: [], logFault: expect.stringMatching(/./) });
});
