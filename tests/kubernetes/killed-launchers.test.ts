// A launcher that is killed at each step of a launch leaks nothing and doubles nothing on the cluster.
import { expect, test } from 'vitest';
import type { Fault } from '../chaos/faults.ts';
import { clusterAccess } from '../cluster/suite-cluster.ts';
import { startPlayedFleet, type PlayedFleet } from './played-fleet.ts';

const STEPS: readonly Fault['step'][] = ['remove', 'look', 'settle', 'create', 'end', 'sweep', 'reconcile'];
const KILLS = STEPS.flatMap((step) => (['before', 'after'] as const).map((when) => ({ step, when })));

const soon = { timeout: 120_000, interval: 100 };

test('whoever was to be served when a launcher was killed has one Job a launch, and no pod is left', async () => {
  const people = KILLS.length;
  const settings = { RUNNER_CONCURRENCY: '4' };
  await using fleet = await startPlayedFleet(await clusterAccess(), { people, launchers: 2, settings });
  const { story, faults, runners } = fleet;
  const { watch } = runners;
  const quiet = async (message: string): Promise<void> => {
    await expect.poll(() => allAsleep(fleet), { ...soon, message }).toBe(true);
    await expect.poll(() => watch.active(), { ...soon, message }).toEqual([]);
  };
  // Their first runners have come and gone: the Jobs still have the names.
  for (const person of story.people) person.say('hello');
  await quiet('before');
  for (const [index, { step, when }] of KILLS.entries()) {
    const message = `killed ${when} ${step}`;
    const id = faults.arm({ act: 'kill', process: 'launcher', step, when });
    story.person(index).say('and again');
    await expect.poll(() => faults.struck(id), { ...soon, message }).toBeDefined();
    await quiet(message);
  }
  expect([...watch.doubled]).toEqual([]);
  // Nobody killed a runner, so nobody needed a second one for the same message.
  const launches = story.people.map(({ userKey }) => watch.jobs.filter(({ user }) => user === userKey).length);
  expect(launches).toEqual(story.people.map(() => 2));
  expect(runners.acquired).toHaveLength(2 * people);
});

async function allAsleep({ story, asleep }: PlayedFleet): Promise<boolean> {
  return !(await Promise.all(story.people.map(asleep))).includes(false);
}
