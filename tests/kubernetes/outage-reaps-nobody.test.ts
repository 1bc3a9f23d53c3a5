// The API server is away for longer than the reconciler takes to find an orphan.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startOwnCluster } from './own-cluster.ts';
import { startPlayedFleet } from './played-fleet.ts';

const soon = { timeout: 240_000, interval: 200 };

test('an API server away while runners live: none of them is reaped', async () => {
  await using cluster = await startOwnCluster();
  const { plane } = cluster;
  await using fleet = await startPlayedFleet(plane.access, { people: 5 });
  const { story, runners } = fleet;
  runners.hold();
  for (const person of story.people) person.say('hello');
  await expect.poll(() => runners.acquired.length, soon).toBe(5);
  const before = runners.watch.active();
  await plane.stopApiServer();
  // Longer than two looks of the reconciler, at which an orphan would go.
  await sleep(10_000);
  await plane.startApiServer();
  runners.release();
  await expect.poll(() => fleet.countAsleep(story.people), soon).toBe(5);
  expect(before).toHaveLength(5);
  expect(runners.watch.jobs).toHaveLength(5);
  expect(runners.acquired).toHaveLength(5);
});
