// A message in the very moment in which its runner goes to sleep, thousands of times.
import { setTimeout as pause } from 'node:timers/promises';
import { stepChannel, type Step, type UserKey } from '@runnel/shared';
import { startRedisServer } from '@runnel/shared/testing';
import { expect, test } from 'vitest';
import { IDLE_MS, startRaceWorld, type RaceWorld } from './race-world.ts';

const PEOPLE = 16;
const RACES = Number(process.env['EXIT_RACES'] ?? 10_000);
/** Either side of the exit, in milliseconds. */
const CLOSE_MS = 5;
const SWEEP_MS = 1_000;
const STUCK_MS = 20_000;
const KEPT_STEPS = 40;
/** Only what was close counts: the busier the machine, the more rounds it takes. */
const PATIENCE_MS = 1_800_000;

test(
  `${RACES} messages within ${CLOSE_MS} ms of an idle exit: all are answered once, in order, and none has to wait for the sweeper`,
  { timeout: PATIENCE_MS },
  async ({ task }) => {
    const redis = await startRedisServer();
    try {
      await using world = await startRaceWorld(redis.url, SWEEP_MS);
      const wakes = new Map<string, Set<string>>();
      const people = Array.from({ length: PEOPLE }, (_, n) => new Racer(world, `T0:U${n}`));
      const byUser = new Map(people.map((person) => [person.user, person]));
      const listener = {
        start(step: Step) {
          if (step.name === 'wake') addWake(wakes, step);
          byUser.get(step.user ?? 'T0:U')?.before(step);
        },
        asyncEnd: (step: Step) => byUser.get(step.user ?? 'T0:U')?.after(step),
        end: () => undefined,
        asyncStart: () => undefined,
        error: () => undefined,
      };
      stepChannel.subscribe(listener);
      try {
        const total = (): number => people.reduce((sum, { races }) => sum + races.length, 0);
        await Promise.race([
          Promise.all(people.map((person) => person.race(() => total() >= RACES))),
          untilStuck(people, () => total() >= RACES),
        ]);
        for (const person of people) await expect.poll(() => world.backlog(person.user)).toBe(0);
      } finally {
        stepChannel.unsubscribe(listener);
      }
      const races = people.flatMap((person) => person.races);
      const outcomes = Object.groupBy(races, (race) => race.outcome);
      const counts = Object.fromEntries(Object.entries(outcomes).map(([outcome, list]) => [outcome, list.length]));
      const slept = [...wakes.values()].filter((sources) => !sources.has('ingress') && !sources.has('end'));
      Object.assign(task.meta, {
        races: races.length,
        ...counts,
        launches: wakes.size,
        waitedForSweeper: slept.length,
      });

      expect(slept, 'launches that nobody but the sweeper asked for').toEqual([]);
      expect(races.length).toBeGreaterThanOrEqual(RACES);
      expect(Object.keys(counts).toSorted(), 'on either side').toEqual([
        'found awake',
        'held it back',
        'woke the next',
      ]);
      const said = people.flatMap((person) => person.said);
      const answers = world.answers();
      expect(answers).toHaveLength(said.length);
      for (const { user, said: own } of people) {
        expect(answers.filter((text) => text.startsWith(`${user} `))).toEqual(own);
      }
    } finally {
      await redis.stop();
    }
  },
);

/** Rejects when somebody has waited for so long that nothing will come any more. */
async function untilStuck(people: readonly Racer[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const before = people.map(({ said }) => said.length);
    await pause(STUCK_MS);
    const stuck = people.filter(({ said }, n) => said.length === before[n]);
    if (stuck.length === 0 || isOver()) continue;
    throw new Error(`no answer for ${STUCK_MS} ms:\n${stuck.map((person) => person.story()).join('\n')}`);
  }
}

function addWake(wakes: Map<string, Set<string>>, { user, generation, source = '' }: Step): void {
  const launch = `${user} ${generation}`;
  wakes.set(launch, (wakes.get(launch) ?? new Set()).add(source));
}

type Race = {
  /** The runner took it and never asked; its release was refused; it was gone already. */
  readonly outcome: 'found awake' | 'held it back' | 'woke the next';
  /** From the exit to the message; negative: the message was first. */
  readonly offsetMs: number;
};

/** One person, who always writes when their runner is about to go. */
class Racer {
  readonly user: UserKey;
  readonly said: string[] = [];
  readonly races: Race[] = [];
  readonly #world: RaceWorld;
  readonly #last: string[] = [];
  #acknowledged = Promise.withResolvers<void>();
  #released = Promise.withResolvers<void>();
  /** On the `performance.now()` clock. */
  #exitAt = -Infinity;
  #appendedAt = 0;
  #outcome: Race['outcome'] = 'found awake';

  constructor(world: RaceWorld, user: UserKey) {
    this.#world = world;
    this.user = user;
  }

  /** What happened last, on the `performance.now()` clock. */
  story(): string {
    return `${this.user}, now ${Math.round(performance.now())}\n  ${this.#last.join('\n  ')}`;
  }

  before({ name, source = '', generation = '' }: Step): void {
    const now = performance.now();
    this.#last.push(`${Math.round(now)} ${generation} ${name} ${source}`);
    if (name === 'enqueue') this.#appendedAt = now;
    if (name !== 'release') return;
    this.#exitAt = now;
    this.#released.resolve();
  }

  after({ name, result, error }: Step): void {
    const answer = error instanceof Error ? error.message : JSON.stringify(result);
    this.#last.push(`${Math.round(performance.now())} ${name}: ${answer}`);
    this.#last.splice(0, this.#last.length - KEPT_STEPS);
    if (name === 'release') this.#outcome = kindOf(result) === 'busy' ? 'held it back' : 'woke the next';
    if (name !== 'acknowledge') return;
    const race = { outcome: this.#outcome, offsetMs: this.#appendedAt - this.#exitAt };
    if (Math.abs(race.offsetMs) <= CLOSE_MS) this.races.push(race);
    this.#exitAt = performance.now() + IDLE_MS;
    this.#outcome = 'found awake';
    this.#released = Promise.withResolvers();
    this.#acknowledged.resolve();
  }

  async race(isOver: () => boolean): Promise<void> {
    for (let round = 0; round === 0 || !isOver(); round += 1) {
      const text = `${this.user} ${round}`;
      this.said.push(text);
      this.#acknowledged = Promise.withResolvers();
      await this.#world.say(this.user, text);
      await this.#acknowledged.promise;
      await this.#untilExit(round);
    }
  }

  /** Now before, now after the exit; more often close to it than far. */
  async #untilExit(round: number): Promise<void> {
    const offset = ((round % 11) - 5) * (round % 2 === 0 ? 1 : 0.2);
    if (offset < 0) {
      await pause(Math.max(0, this.#exitAt + offset - performance.now()));
      return;
    }
    await this.#released.promise;
    if (offset >= 1) await pause(offset);
  }
}

function kindOf(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'kind' in result ? result.kind : undefined;
}
