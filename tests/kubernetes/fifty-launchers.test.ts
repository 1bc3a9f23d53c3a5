// Fifty launchers that have the same launch in hand at the same moment: etcd keeps one Job of it.
import { runLauncher } from '@runnel/launcher/serving';
import { runnerName } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import {
  deliveryTestSettings,
  MemoryDelivery,
  memoryLaunchQueue,
  memoryReplySink,
  memoryThreadStatus,
  promptOf,
} from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { patiently, playedPods } from './played-pods.ts';
import { watchRunners } from './runner-watch.ts';

const LAUNCHERS = 50;
const user = 'T0:U0ADA';

const settings = {
  concurrency: 5,
  memoryBytes: 2 * 1024 ** 3,
  circuitAfter: deliveryTestSettings.circuitAfter,
  graceMs: 5_000,
  startMs: 120_000,
  troubleMs: 20_000,
  machineMs: 3_600_000,
  sweepMs: 3_000,
  reconcileMs: 30_000,
  pollMs: { launching: 2_000, running: 2_000 },
};

test(`${LAUNCHERS} launchers at once for one person: one Job, one pod, from the first look to the end`, async () => {
  const { access, namespace, backend, running, finish } = await playedPods();
  await using watch = await watchRunners({ access, namespace });
  const delivery = new MemoryDelivery({ ...deliveryTestSettings, leaseMs: 120_000 });
  const draining = new AbortController();
  const queues = Array.from({ length: LAUNCHERS }, memoryLaunchQueue);
  const launchers = queues.map((queue) => {
    const people = { replies: memoryReplySink(), status: memoryThreadStatus() };
    const parts = { delivery, queue, backend: backend(), ...people, log: createLogger('launcher', 'silent') };
    return runLauncher(parts, settings, draining.signal);
  });
  onTestFinished(async () => {
    draining.abort();
    await Promise.all(launchers);
  });
  const { generation } = await wake(delivery);
  await Promise.all(queues.map((queue) => queue.add({ user, generation })));

  const [first] = queues;
  const look = backend();
  await expect.poll(() => look.look(runnerName(user)), patiently).toBeDefined();
  const pod = await look.look(runnerName(user));
  if (pod === undefined || first === undefined) throw new Error('there is no pod');
  const { metadata } = await running(pod);
  const holder = { user, generation, owner: metadata?.uid ?? '' } as const;
  expect(await delivery.acquire(holder)).toBe('ok');
  // Each of them has it in hand, and knows that it runs.
  const stages = (): unknown[] => queues.map((queue) => queue.active()[0]?.stage?.stage);
  await expect.poll(stages, patiently).toEqual(queues.map(() => 'acquired'));

  await delivery.acknowledge(holder, await delivery.backlog(user));
  expect(await delivery.release(holder, 'idle')).toEqual({ kind: 'released' });
  await finish(pod, 0);
  await expect.poll(stages, patiently).toEqual(queues.map(() => undefined));
  expect(watch.jobs).toEqual([{ user, generation }]);
  expect(watch.mostActive()).toBe(1);
});

async function wake(delivery: MemoryDelivery): Promise<{ generation: string }> {
  const { hint } = await delivery.enqueue({ user, identity: '1', payload: promptOf('hello') });
  if (hint.kind !== 'wake') throw new Error('nobody is to be woken');
  return hint;
}
