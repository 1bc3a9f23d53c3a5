// A part of the table on one fleet, several people at once; then what must be true of all of them.
import { redisKeys } from '@runnel/shared/redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PATIENCE_MS, startChaosFleet, type ChaosFleet } from './chaos-fleet.ts';
import { targets, type Case } from './fault-table.ts';
import { liveThrough, openThread, type Thread } from './live-through.ts';
import { tellSteps } from './tell-steps.ts';

export type Chaos = {
  readonly cases: readonly Case[];
  /** `RUNNER_CONCURRENCY`: fewer than there are people at once, so that its places are fought for. */
  readonly cap: number;
  /** One case after the other, where two at once are in each other's way. */
  readonly sequential?: boolean;
  readonly settings?: NodeJS.ProcessEnv;
};

const soon = { timeout: PATIENCE_MS, interval: 100 };

/** Longer than any sweep needs to look at everybody. */
const MOST_SWEEPS = 2;

export function describeChaos(name: string, { cases, cap, sequential = false, settings }: Chaos): void {
  describe(name, () => {
    let fleet: ChaosFleet;
    const threads: Thread[] = [];
    const free: Thread[] = [];
    beforeAll(async () => {
      // Who lived through a case goes on with the next one; after one that failed somebody else does.
      fleet = await startChaosFleet({
        people: cases.length,
        settings: { RUNNER_CONCURRENCY: String(cap), ...settings },
      });
    });
    afterAll(async () => fleet[Symbol.asyncDispose]());

    test.for(cases.map((one) => [one.title, one] as const))(
      '%s',
      { concurrent: !sequential },
      async ([, one], { task }) => {
        const thread = free.pop() ?? (await openThread(fleet));
        if (!threads.includes(thread)) threads.push(thread);
        Object.assign(task.meta, await liveThrough(fleet, thread, one));
        free.push(thread);
      },
    );

    describe('afterwards', () => {
      test('every message has one answer, in order, with the files of all turns before', async () => {
        await expect.poll(() => backlogs(fleet), soon).toBe(0);
        for (const thread of threads) {
          expect(fleet.story.answers(thread.place).map(outputIn), tellWrong(fleet, thread)).toEqual(thread.expected);
        }
        expect(threads.length).toBeGreaterThan(0);
      });

      test('all go to sleep, and no process is left', async () => {
        await expect.poll(() => fleet.livingPods(), soon).toEqual([]);
      });

      test('there were never more runners than allowed', () => {
        expect(fleet.watch.living.length).toBeGreaterThan(0);
        expect(fleet.mostPods()).toBeGreaterThan(0);
        expect(fleet.mostPods()).toBeLessThanOrEqual(cap);
      });

      test('nobody was passed over by more than two sweeps', ({ task }) => {
        const strandings = fleet.strandings();
        Object.assign(task.meta, {
          strandings: strandings.length,
          longestMs: Math.max(0, ...strandings.map(({ since, until }) => until - since)),
          mostSweeps: Math.max(0, ...strandings.map(({ sweeps }) => sweeps)),
        });
        expect(strandings.filter(({ sweeps }) => sweeps > MOST_SWEEPS)).toEqual([]);
      });

      test('no step was taken that the table does not know', () => {
        const known = new Set(targets.map(({ process, step, source = '' }) => `${process} ${step} ${source}`));
        const taken = fleet.faults.steps().flatMap(({ process, name: step, source = '' }) => {
          const isNamed = step === 'wake' || step === 'renew' || step === 'release';
          return step === 'started' ? [] : [`${process} ${step} ${isNamed ? source : ''}`];
        });
        expect([...new Set(taken)].filter((step) => !known.has(step))).toEqual([]);
      });
    });
  });
}

/** What was said, and how the first answer that is not as expected came about. */
function tellWrong(fleet: ChaosFleet, { person, place, expected }: Thread): string {
  const { story } = fleet;
  const wrong = story.answers(place).findIndex((answer, index) => outputIn(answer) !== expected[index]);
  const at = story.answerTimes(place)[wrong];
  const said = JSON.stringify(story.said(place));
  return at === undefined ? said : `${said}\n${tellSteps(fleet, person, at)}`;
}

/** What the command wrote, without what is said beside it. */
function outputIn(answer: string): string {
  return /^```\n([^`]*)```/.exec(answer)?.[1] ?? answer;
}

async function backlogs({ redis, story }: ChaosFleet): Promise<number> {
  const lengths = await Promise.all(story.people.map(({ userKey }) => redis.xlen(redisKeys.inbox(userKey))));
  return lengths.reduce((sum, length) => sum + length, 0);
}
