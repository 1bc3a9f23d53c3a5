// A hundred people at once, while ingresses and launchers, sweepers among them, are killed one after the other.
import { redisKeys } from '@runnel/shared/redis';
import { expect, test } from 'vitest';
import type { Person, Place, Story } from '../support/story.ts';
import { PATIENCE_MS, startChaosFleet, type ChaosFleet } from './chaos-fleet.ts';
import type { Fault } from './faults.ts';
import { tellSteps } from './tell-steps.ts';

const PEOPLE = 100;
const CAP = 8;

/** One for each wave of people, at the next such step of anybody. */
const KILLS: readonly (Pick<Fault, 'process' | 'step'> & { readonly when: 'before' | 'after' })[] = [
  { process: 'launcher', step: 'create', when: 'after' },
  { process: 'ingress', step: 'enqueue', when: 'after' },
  { process: 'launcher', step: 'sweep', when: 'after' },
  { process: 'ingress', step: 'wake', when: 'before' },
  { process: 'launcher', step: 'settle', when: 'before' },
  { process: 'launcher', step: 'end', when: 'before' },
  { process: 'launcher', step: 'create', when: 'before' },
  { process: 'launcher', step: 'end', when: 'after' },
  { process: 'launcher', step: 'look', when: 'after' },
  { process: 'launcher', step: 'reconcile', when: 'after' },
];

const WAVE = PEOPLE / KILLS.length;

const soon = { timeout: 6 * PATIENCE_MS, interval: 100 };

test(`${PEOPLE} launches through ${KILLS.length} deaths of launchers and ingresses: one runner and one answer each, never more than ${CAP} at once`, async ({
  task,
}) => {
  await using fleet = await startChaosFleet({
    people: PEOPLE,
    settings: { AGENT_PROVIDER: 'scripted', RUNNER_CONCURRENCY: String(CAP), RUNNER_IDLE_TIMEOUT: '100ms' },
  });
  const { story, faults } = fleet;
  const places = await writeInWaves(fleet);
  const waiting = (): Person[] => story.people.filter((_, index) => answersTo(story, places[index]).length === 0);
  await expect
    .poll(() => waiting().map(({ userKey }) => userKey), soon)
    .toEqual([])
    .catch((cause: unknown) => {
      const told = waiting().map((person) => `${person.userKey}\n${tellSteps(fleet, person)}`);
      throw new Error(`not answered: ${told.join('\n')}`, { cause });
    });
  await expect.poll(() => sleeping(fleet), soon).toBe(PEOPLE);
  await expect.poll(() => fleet.livingPods(), soon).toEqual([]);

  // Nobody killed a runner, so nobody needed a second one.
  const started = faults.steps().filter(({ name, moment }) => name === 'acquire' && moment === 'before');
  const runs = faults.steps().filter(({ name, moment }) => name === 'run' && moment === 'before');
  Object.assign(task.meta, { most: fleet.mostPods(), started: started.length, deaths: faults.strikes().length });
  for (const [index, place] of places.entries()) {
    const person = story.person(index);
    const [, second = 0] = story.answerTimes(place);
    const greeting: unknown = expect.stringContaining(`hello of ${person.id}`);
    expect(story.answers(place), tellSteps(fleet, person, second)).toEqual([greeting]);
  }
  expect(runs.map(({ user = '' }) => user).toSorted(inOrder)).toEqual(
    story.people.map(({ userKey }) => userKey).toSorted(inOrder),
  );
  expect(fleet.mostPods()).toBeLessThanOrEqual(CAP);
  expect(fleet.strandings().filter(({ sweeps }) => sweeps > 2)).toEqual([]);
}, 1_200_000);

function answersTo(story: Story, place: Place | undefined): string[] {
  return place === undefined ? [] : story.answers(place);
}

async function writeInWaves({ story, faults }: ChaosFleet): Promise<Place[]> {
  const places: Place[] = [];
  for (const [wave, kill] of KILLS.entries()) {
    const id = faults.arm({ act: 'kill', ...kill });
    const people = story.people.slice(wave * WAVE, (wave + 1) * WAVE);
    places.push(...people.map((person) => person.say(`hello of ${person.id}`)));
    await expect.poll(() => faults.struck(id), { ...soon, message: `killed at ${kill.step}` }).toBeDefined();
  }
  return places;
}

async function sleeping({ story, redis }: ChaosFleet): Promise<number> {
  const states = await Promise.all(story.people.map(({ userKey }) => redis.hget(redisKeys.lease(userKey), 'state')));
  return states.filter((state) => state === 'idle').length;
}

function inOrder(one: string, other: string): number {
  return one < other ? -1 : 1;
}
