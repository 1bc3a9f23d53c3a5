// The exit race once more, through real processes: a message that arrives while its runner goes to sleep.
import { expect, test, vi } from 'vitest';
import type { Person } from '../support/story.ts';
import { PATIENCE_MS, startChaosFleet, type ChaosFleet } from './chaos-fleet.ts';
import type { Fault, Faults, StepLine } from './faults.ts';

const PEOPLE = 4;
/** Close to the exit, each. On a machine that does other things one or the other is late, and the round does not count. */
const RACES = 8;
const MOST_ROUNDS = 40;
const CLOSE_MS = 5;

test(`${PEOPLE * RACES} messages in the moment of the exit of a real runner: all answered once, none had to wait for the sweeper`, async ({
  task,
}) => {
  await using fleet = await startChaosFleet({
    people: PEOPLE,
    // The sweeper finds whom nobody woke, but not so soon that nobody would notice.
    settings: { AGENT_PROVIDER: 'scripted', RUNNER_IDLE_TIMEOUT: '200ms', SWEEP_INTERVAL: '2s' },
  });
  const told = await Promise.all(fleet.story.people.map((person) => race(fleet, person)));
  await expect.poll(() => fleet.livingPods(), { timeout: PATIENCE_MS }).toEqual([]);

  for (const { place, said } of told) {
    expect(fleet.story.answers(place)).toEqual(said.map((text): unknown => expect.stringContaining(text)));
  }
  const steps = fleet.faults.steps();
  const waited = wakesWithout(steps, ['ingress', 'end']);
  expect(waited, 'launches that only the sweeper asked for').toEqual([]);
  const offsets = told.flatMap((one) => one.messages.map((message) => offsetOf(steps, message)));
  const close = offsets.filter(isClose);
  const releases = steps.filter(({ name, moment }) => name === 'release' && moment === 'after');
  const refused = releases.filter(({ answer }) => answer === 'busy');
  Object.assign(task.meta, { races: offsets.length, close: close.length, refused: refused.length });
  expect(close.length, JSON.stringify(offsets)).toBeGreaterThanOrEqual(PEOPLE * RACES);
  expect(refused.length, 'messages that came first').toBeGreaterThan(0);
  expect(refused.length, 'messages that came second').toBeLessThan(offsets.length);
});

type Message = { readonly person: Person; readonly ts: string };

/** Always writes when the runner is about to go: both wait at their step until the other is there too. */
async function race({ story, faults }: ChaosFleet, person: Person) {
  const said = [`${person.id} begins`];
  const messages: Message[] = [];
  const meeting = (round: number) =>
    ({ act: 'meet', when: 'before', gate: `gate-${person.id}-${round}`, about: [person.userKey] }) as const;
  // Now one of them is a little later, now the other.
  const later = (round: number): number => (round % 5) - 2;
  const releaseOf = (round: number): Fault => ({
    ...meeting(round),
    process: 'runner',
    step: 'release',
    source: 'idle',
    delayMs: Math.max(0, -later(round)),
  });
  let release = faults.arm(releaseOf(1));
  const place = person.say(said[0] ?? '');
  await story.answered(place, 1, PATIENCE_MS);
  let races = 0;
  let round = 0;
  while (races < RACES && round < MOST_ROUNDS) {
    round += 1;
    await struck(faults, release);
    const enqueue = faults.arm({
      ...meeting(round),
      process: 'ingress',
      step: 'enqueue',
      delayMs: Math.max(0, later(round)),
    });
    const text = `${person.id} round ${round}`;
    const { ts } = person.say(text, { in: place });
    await struck(faults, enqueue);
    faults.openGate(meeting(round).gate);
    // The next exit may come before this answer is seen here.
    release = faults.arm(releaseOf(round + 1));
    said.push(text);
    messages.push({ person, ts });
    await story.answered(place, said.length, PATIENCE_MS);
    if (isClose(offsetOf(faults.steps(), { person, ts }))) races += 1;
  }
  faults.openGate(meeting(round + 1).gate);
  return { place, said, messages };
}

async function struck(faults: Faults, id: string): Promise<void> {
  await vi.waitFor(() => expect(faults.struck(id)).toBeDefined(), { timeout: PATIENCE_MS, interval: 5 });
}

function isClose(offset: number): boolean {
  return Math.abs(offset) <= CLOSE_MS;
}

/** From the asking for the release to the asking for the append; negative: the message was first. */
function offsetOf(steps: readonly StepLine[], { person, ts }: Message): number {
  const met = steps.filter((step) => step.user === person.userKey && step.moment === 'met');
  const appended = met.find((step) => isOf(step, ts))?.at ?? 0;
  const releases = met.filter((step) => step.name === 'release');
  const offsets = releases.map(({ at }) => appended - at).toSorted((one, other) => Math.abs(one) - Math.abs(other));
  return Math.round(offsets[0] ?? Infinity);
}

function isOf({ identities = [] }: StepLine, ts: string): boolean {
  return identities.some((identity) => identity.endsWith(`:${ts}`));
}

/** Launches that none of these asked for. */
function wakesWithout(steps: readonly StepLine[], sources: readonly string[]): string[] {
  const launches = new Map<string, Set<string>>();
  for (const { name, user, generation, source = '' } of steps) {
    if (name !== 'wake') continue;
    const launch = `${user} ${generation}`;
    launches.set(launch, (launches.get(launch) ?? new Set()).add(source));
  }
  return [...launches].flatMap(([launch, asked]) => (sources.some((source) => asked.has(source)) ? [] : [launch]));
}
