// Kubernetes may start two pods for one Job; when its controller notices, one of them goes, whichever it likes.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchV1Api, CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startControlPlane, type ControlPlane } from '../cluster/control-plane.ts';
import { startPlayedNodes } from '../cluster/played-nodes.ts';
import { findRecorded } from '../cluster/process-folder.ts';
import { startPlayedFleet } from './played-fleet.ts';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await startControlPlane({ folder: await mkdtemp(join(tmpdir(), 'runnel-two-pods-')) });
  await startPlayedNodes(plane, { nodes: 1 });
});

afterAll(() => plane.stop());

const soon = { timeout: 120_000, interval: 50 };

test.for([
  // It finds the lease taken, and the Job goes on.
  { which: 'without the lease', generations: 1, ended: /Failed/ },
  // The other one finds the lease taken, or its generation over.
  { which: 'with the lease', generations: 2, ended: /Failed|Succeeded/ },
])('both are alive, and the one $which goes: the person is served once', async ({ generations, ended }) => {
  await using fleet = await startPlayedFleet(plane.access, { people: 1, launchers: 2 });
  const { story, runners, namespace } = fleet;
  const core = plane.access.config.makeApiClient(CoreV1Api);
  const batch = plane.access.config.makeApiClient(BatchV1Api);
  const [person] = story.people;
  if (person === undefined) throw new Error('nobody is there');
  runners.hold();
  person.say('hello');
  await expect.poll(() => runners.acquired.length, soon).toBe(1);
  const [holder] = (await core.listNamespacedPod({ namespace })).items;
  if (holder === undefined) throw new Error('its pod is gone');

  // As when the one that knows of two was away.
  signalControllers('SIGSTOP');
  const second = await core.createNamespacedPod({ namespace, body: twinOf(holder) });
  const name = second.metadata?.name ?? '';
  const phase = async () => (await core.readNamespacedPod({ namespace, name })).status?.phase;
  if (generations > 1) await core.deleteNamespacedPod({ namespace, name: holder.metadata?.name ?? '' });
  await expect.poll(phase, soon).toMatch(ended);
  expect([...runners.watch.doubled]).toEqual([person.userKey]);
  signalControllers('SIGCONT');
  // The Job controller has taken note of it.
  const finalizers = async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    return items.find(({ metadata }) => metadata?.name === name)?.metadata?.finalizers ?? [];
  };
  await expect.poll(finalizers, soon).toEqual([]);

  const jobs = async () => (await batch.listNamespacedJob({ namespace })).items.map(({ status }) => status?.conditions);
  await expect.poll(() => runners.acquired.length, soon).toBe(generations);
  expect(await jobs()).toEqual([undefined]);
  runners.release();
  await expect.poll(() => fleet.asleep(person), soon).toBe(true);
  await expect.poll(() => runners.watch.active(), soon).toEqual([]);
  expect(runners.acquired).toHaveLength(generations);
  expect(runners.watch.jobs).toHaveLength(generations);
});

function signalControllers(signal: 'SIGSTOP' | 'SIGCONT'): void {
  const found = findRecorded(plane.folder).find(({ name }) => name === 'kube-controller-manager');
  if (found !== undefined) process.kill(found.pid, signal);
}

/** What the Job controller would make once more, already on its node. */
function twinOf({ metadata = {}, spec }: V1Pod): V1Pod {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [], name = '' } = metadata;
  const own = { labels, annotations, ownerReferences, finalizers, name: `${name}-twin` };
  return { metadata: own, ...(spec === undefined ? {} : { spec }) };
}
