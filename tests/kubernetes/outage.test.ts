// The API server goes away and comes back: what was under way goes on from where it was.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startOwnCluster } from './own-cluster.ts';
import { startPlayedFleet } from './played-fleet.ts';

const HALF = 50;
/** Longer than a call is repeated. OUTAGE_SECONDS=60 for a longer one. */
const OUTAGE_SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 20);

const soon = { timeout: 240_000, interval: 200 };

test(`an API server away for ${OUTAGE_SECONDS} s during ${HALF} launches and ${HALF} idle exits: all converge, no pod too many`, async () => {
  await using cluster = await startOwnCluster();
  const { plane } = cluster;
  const settings = { RUNNER_CONCURRENCY: String(2 * HALF) };
  await using fleet = await startPlayedFleet(plane.access, { people: 2 * HALF, launchers: 2, settings });
  const { story, runners } = fleet;
  const { watch } = runners;
  const [sleepers, newcomers] = [story.people.slice(0, HALF), story.people.slice(HALF)];
  runners.hold();
  for (const person of sleepers) person.say('hello');
  await expect.poll(() => runners.acquired.length, soon).toBe(HALF);

  await plane.stopApiServer();
  // They answer and go to sleep, which the cluster does not hear; the others ask for runners, which it does not make.
  runners.release();
  for (const person of newcomers) person.say('hello');
  await expect.poll(() => fleet.countAsleep(sleepers), soon).toBe(HALF);
  // What an outage is, is its length.
  await sleep(OUTAGE_SECONDS * 1_000);
  expect(watch.jobs).toHaveLength(HALF);
  await plane.startApiServer();

  await expect.poll(() => fleet.countAsleep(story.people), soon).toBe(2 * HALF);
  await expect.poll(() => watch.active(), soon).toEqual([]);
  expect(watch.jobs.map(({ user }) => user).toSorted()).toEqual(story.people.map(({ userKey }) => userKey).toSorted());
  expect(runners.acquired).toHaveLength(2 * HALF);
  expect([...watch.doubled]).toEqual([]);
});
