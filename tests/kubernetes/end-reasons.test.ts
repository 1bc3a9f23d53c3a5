// Why a runner ended: from what the cluster says to the sentence in the person's thread.
import type { V1Pod } from '@kubernetes/client-node';
import { readProfile } from '@runnel/launcher/kubernetes-pods';
import { runnerName } from '@runnel/shared';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ada, playLauncher } from './played-launcher.ts';
import { patiently, playedPods } from './played-pods.ts';
import { startSmallNode } from './small-node.ts';

describe('what ends a runner is told in one sentence', () => {
  test.for([
    ['fake/oom:1', 'Your runner ran out of its 2 GiB of memory and was ended.'],
    ['fake/evicted:1', 'Your runner had to leave its machine.'],
    ['fake/disrupted:EvictionByEvictionAPI', 'Your runner had to leave its machine.'],
    ['fake/disrupted:DeletionByTaintManager', 'Your runner had to leave its machine.'],
    ['fake/disrupted:DeletionByPodGC', 'Your runner had to leave its machine.'],
    ['fake/disrupted:PreemptionByScheduler', 'Your runner had to make room on its machine.'],
    ['fake/shutdown:1', 'Your runner had to make room on its machine.'],
    ['fake/exit:78', 'Your runner could not be started.'],
    ['fake/exit:1', 'Your runner ended unexpectedly.'],
    ['fake/exit:137', 'Your runner ended unexpectedly.'],
  ] as const)('%s: %s', async ([image, sentence]) => {
    const { backend } = await playedPods();
    const launcher = playLauncher(backend({ image }));
    await launcher.write();
    await expect.poll(launcher.posts, patiently).toContainEqual(expect.stringContaining(sentence));
    const isInfrastructure = /machine/.test(sentence);
    const { failures } = await launcher.delivery.lease(ada);
    // What the cluster did is not held against the person: the successor comes at once.
    expect(failures).toBe(isInfrastructure ? 0 : 1);
    const next = isInfrastructure ? 'I start it again now' : 'I start it again in 10 min';
    expect(launcher.posts()[0]).toBe(`${sentence} ${next}; your message is kept.`);
  });

  test('the Job’s deadline, which a runner should never meet', async () => {
    const { backend } = await playedPods();
    const short = { maxLifetimeMs: 1_000, machineMs: 1_000, startMs: 1_000, graceMs: 1_000 };
    const launcher = playLauncher(backend(short));
    await launcher.write();
    const sentence = 'Your runner lived longer than a runner may and was ended.';
    await expect
      .poll(launcher.posts, patiently)
      .toEqual([`${sentence} I start it again in 10 min; your message is kept.`]);
  });

  test('an eviction that the API was asked for', async () => {
    const { backend, core, namespace, running } = await playedPods();
    const pods = backend();
    const launcher = playLauncher(pods);
    await launcher.write();
    await expect.poll(() => pods.look(runnerName(ada)), patiently).toBeDefined();
    const pod = await pods.look(runnerName(ada));
    if (pod === undefined) throw new Error('the runner is gone');
    const name = (await running(pod)).metadata?.name ?? '';
    await core.createNamespacedPodEviction({ namespace, name, body: { metadata: { name, namespace } } });
    await expect
      .poll(launcher.posts, patiently)
      .toEqual(['Your runner had to leave its machine. I start it again now; your message is kept.']);
    await expect.poll(async () => (await pods.look(runnerName(ada)))?.uid, patiently).not.toBe(pod.uid);
  });
});

describe('what schedulers and controllers really do to a runner', () => {
  test('one of higher priority needs its room', async () => {
    const { launcher, pods, played, runner, node } = await runOnSmallNode();
    await played.core.createNamespacedPod({ namespace: played.namespace, body: importantPod(node.selector) });
    await expect
      .poll(launcher.posts, patiently)
      .toEqual(['Your runner had to make room on its machine. I start it again now; your message is kept.']);
    await expect.poll(async () => (await pods.look(runnerName(ada)))?.uid, patiently).not.toBe(runner.uid);
  });

  test('its machine is emptied', async () => {
    const { launcher, node } = await runOnSmallNode();
    await node.taint();
    await expect
      .poll(launcher.posts, patiently)
      .toContainEqual('Your runner had to leave its machine. I start it again now; your message is kept.');
    expect((await launcher.delivery.lease(ada)).failures).toBe(0);
  });
});

/** The only runner of the only machine that it may go to. */
async function runOnSmallNode() {
  const played = await playedPods();
  const node = await startSmallNode(played.access, `small-${played.namespace}`);
  onTestFinished(() => node[Symbol.asyncDispose]());
  const tolerations = [{ key: 'runnel.dev/test', operator: 'Exists' as const }];
  const profile = { ...(await readProfile('', 'interactive')), nodeSelector: node.selector, tolerations };
  const pods = played.backend({ profile });
  const launcher = playLauncher(pods);
  await launcher.write();
  await expect.poll(() => pods.look(runnerName(ada)), patiently).toBeDefined();
  const runner = await pods.look(runnerName(ada));
  if (runner === undefined) throw new Error('the runner is gone');
  await played.running(runner);
  return { played, node, pods, launcher, runner };
}

function importantPod(nodeSelector: Readonly<Record<string, string>>): V1Pod {
  const container = { name: 'main', image: 'fake/run:1', resources: { requests: { cpu: '500m' } } };
  return {
    metadata: { name: 'important' },
    spec: {
      priorityClassName: 'runnel-control-plane',
      nodeSelector,
      tolerations: [{ key: 'runnel.dev/test', operator: 'Exists' }],
      securityContext: { runAsNonRoot: true, runAsUser: 10_001, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        { ...container, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } },
      ],
    },
  };
}
