// Jobs of a runner that do not go as they should: a second pod, a pod that will not end, an older Job in the way.
import { seenEnds, specOf } from '@runnel/launcher/testing';
import { runnerName } from '@runnel/shared';
import { expect, onTestFinished, test } from 'vitest';
import { startApiProxy } from './api-proxy.ts';
import { ada, playLauncher } from './played-launcher.ts';
import { patiently, playedPods } from './played-pods.ts';

test('a pod that found the lease taken ends nothing: its Job neither completes nor fails, and goes on with another', async () => {
  const { backend, batch, namespace, running, finish, podsOf } = await playedPods();
  const pods = backend();
  const ends = seenEnds(pods);
  const { pod } = await pods.create(specOf('100'));
  const first = await running(pod);
  await finish(pod, 75);
  const second = async () => (await podsOf(pod)).find(({ status }) => status?.phase === 'Running')?.metadata?.uid;
  await expect.poll(second, patiently).toBeDefined();
  expect(await second()).not.toBe(first.metadata?.uid);
  const job = await batch.readNamespacedJob({ namespace, name: pod.name });
  expect(job.status?.conditions ?? []).toEqual([]);
  expect(await pods.look(pod.name)).toMatchObject({ uid: pod.uid, waiting: { stage: 'starting' } });
  expect((await pods.look(pod.name))?.end).toBeUndefined();
  expect(ends).toEqual([]);
  const owner = await second();
  await finish(pod, 0);
  const end = { owner, reason: 'exited', exitCode: 0 };
  await expect.poll(() => ends.map((one) => one.end), patiently).toEqual([end]);
  expect((await pods.look(pod.name))?.end).toEqual(end);
});

test('a pod whose machine nobody hears is waited for, then forgotten: its name is free', async () => {
  const { backend, running, podsOf } = await playedPods();
  const pods = backend({ image: 'fake/stuck:1' });
  const { pod } = await pods.create(specOf('100'));
  await running(pod);
  const began = performance.now();
  await pods.remove(pod);
  expect(performance.now() - began).toBeGreaterThan(5_000);
  await expect.poll(() => podsOf(pod), patiently).toEqual([]);
  expect(await pods.create(specOf('101'))).toMatchObject({ kind: 'created' });
});

test('one that takes its time to end has its grace, and no more', async () => {
  const { backend, running, podsOf } = await playedPods();
  const pods = backend({ image: 'fake/lingers:3s' });
  const { pod } = await pods.create(specOf('100'));
  await running(pod);
  await pods.stop(pod, 10_000);
  expect((await podsOf(pod)).filter(({ status }) => status?.phase === 'Running')).toEqual([]);
  await expect.poll(async () => (await pods.look(pod.name))?.end, patiently).toMatchObject({ exitCode: 143 });
});

test('a runner without a pod is stopped with its Job', async () => {
  const { backend, core, namespace } = await playedPods();
  await core.createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } },
  });
  const pods = backend();
  const { pod } = await pods.create(specOf('100'));
  await pods.stop(pod, 100);
  expect(await pods.look(pod.name)).toBeUndefined();
});

test('a launch takes one write, one that replaces its predecessor two', async () => {
  const { backend, access, running, finish } = await playedPods();
  const proxy = await startApiProxy(access);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const writes = (): string[] => proxy.calls.flatMap(({ method }) => (method === 'GET' ? [] : [method]));
  const pods = backend({ kubeconfig: proxy.kubeconfig });
  const launcher = playLauncher(pods);
  const look = async () => pods.look(runnerName(ada));
  let before: string | undefined;
  for (const expected of [['POST'], ['POST', 'DELETE', 'POST']]) {
    await launcher.write();
    await expect.poll(async () => [undefined, before].includes((await look())?.uid), patiently).toBe(false);
    const pod = await look();
    if (pod === undefined) throw new Error('the runner is gone');
    before = pod.uid;
    const holder = { user: ada, generation: pod.generation, owner: (await running(pod)).metadata?.uid ?? '' };
    expect(await launcher.delivery.acquire(holder)).toBe('ok');
    await launcher.delivery.acknowledge(holder, await launcher.delivery.backlog(ada));
    expect(await launcher.delivery.release(holder, 'idle')).toEqual({ kind: 'released' });
    await finish(pod, 0);
    await expect.poll(async () => (await look())?.end, patiently).toMatchObject({ exitCode: 0 });
    expect(writes()).toEqual(expected);
  }
});
