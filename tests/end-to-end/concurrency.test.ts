import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { listMarked } from '@runnel/shared/process';
import { expect, onTestFinished, test } from 'vitest';
import { startStory, type Place, type Story } from '../support/story.ts';

type Watch = {
  /** The most runners that lived at once. */
  most: number;
  /** Every order in which those from `first` on were seen to wait: their indices. */
  orders: string[];
  end: () => Promise<void>;
};

/**
 * Looks at how many runners live and who waits, until it is ended. `first`: who is looked at in the line. A runner lives for a
 * third of a second at least: a look each 50 ms misses none, and leaves the processor to the fleet.
 */
function watchRunners(story: Story, first = 0): Watch {
  let isOver = false;
  const watch: Watch = {
    most: 0,
    orders: [],
    async end() {
      isOver = true;
      await watching;
    },
  };
  const watching = (async () => {
    const uids = new Set<string>();
    while (!isOver) {
      const [line, marked] = await Promise.all([waitingOf(story), listMarked('RUNNEL_POD')]);
      for (const uid of await podsOf(story)) uids.add(uid);
      // Of whatever runs on this machine, what runs in a pod of this fleet.
      watch.most = Math.max(watch.most, [...marked.keys()].filter((uid) => uids.has(uid)).length);
      const order = line.filter((index) => index >= first).join(' ');
      if (order !== watch.orders.at(-1)) watch.orders.push(order);
      await pause(50);
    }
  })();
  return watch;
}

/** The pods that have their names now. */
async function podsOf(story: Story): Promise<string[]> {
  const names = join(story.folder, 'pods', 'pods');
  const pods = (await readdir(names)).map((name) => readdir(join(names, name)).catch(() => []));
  return (await Promise.all(pods)).flat();
}

/** The indices of those who wait for a runner, in the order of their places. */
async function waitingOf(story: Story): Promise<number[]> {
  const rows = await story.fleet.runners.list();
  return rows
    .flatMap(({ state, detail }, index) =>
      state === 'waiting' ? [{ index, place: Number(detail.split(' ')[1]) }] : [],
    )
    .toSorted((one, other) => one.place - other.place)
    .map(({ index }) => index);
}

/** Everybody says the same, each one after the one before has a place. */
async function lineUp(story: Story, text: string): Promise<Place[]> {
  const places: Place[] = [];
  for (const person of story.people) {
    places.push(person.say(text));
    const state = async () => (await story.fleet.runners.list()).find((row) => row.userKey === person.userKey)?.state;
    await expect.poll(state).not.toBe('asleep');
  }
  return places;
}

/** When each answer was made, by the clock of the command itself. */
async function times(story: Story, places: readonly Place[]): Promise<bigint[]> {
  const found: bigint[] = [];
  for (const place of places) {
    const [answer = ''] = await story.answered(place);
    found.push(BigInt(/\d{15,}/.exec(answer)?.[0] ?? '0'));
  }
  return found;
}

const quick = { RUNNER_IDLE_TIMEOUT: '300ms' };

test('with room for one, three people are served in their order, never two at once, and see their place', async () => {
  await using story = await startStory({ people: 3, settings: { ...quick, RUNNER_CONCURRENCY: '1' } });
  const watch = watchRunners(story);
  const folder = await mkdtemp(join(tmpdir(), 'runnel-line-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const go = join(folder, 'go');
  const places = await lineUp(story, `until [ -e ${go} ]; do sleep 0.1; done; date +%s%N`);
  const lines = (): string =>
    JSON.stringify(story.fleet.standIn.record.calls('assistant.threads.setStatus').map((call) => call.args));
  await expect.poll(lines).toMatch(/1st in line[^]*2nd in line|2nd in line[^]*1st in line/);
  await writeFile(go, '');
  const answered = await times(story, places);
  expect(answered).toEqual(answered.toSorted((one, other) => (one < other ? -1 : 1)));
  await watch.end();
  expect(watch.most).toBe(1);
});

test.each(['killed', 'drained'] as const)(
  'a launcher %s while five of eight are served: never six, and the waiting keep their order',
  async (how) => {
    await using story = await startStory({ people: 8, launchers: 2, settings: { ...quick, RUNNER_CONCURRENCY: '5' } });
    const watch = watchRunners(story, 5);
    const places = await lineUp(story, 'sleep 5; date +%s%N');
    const awake = async () => (await story.fleet.runners.list()).filter((row) => row.state === 'awake').length;
    await expect.poll(awake).toBe(5);
    const [first] = story.fleet.launchers;
    if (how === 'killed') first?.kill();
    else await first?.end(10_000);
    const answered = await times(story, places);
    const served = answered.slice(0, 5).toSorted((one, other) => (one < other ? -1 : 1));
    // Each who waited took the place of one more who was served before.
    for (const [index, time] of answered.slice(5).entries()) expect(time).toBeGreaterThan(served[index] ?? 0n);
    expect(places.map((place) => story.answers(place).length)).toEqual(places.map(() => 1));
    await watch.end();
    expect(watch.most).toBe(5);
    expect(watch.orders, 'they waited').toContain('5 6 7');
    // Who was served may wait once more, where the launcher that served them is taken for dead.
    const whole = watch.orders.indexOf('5 6 7');
    const left = ['5', '6', '7'].map((index) =>
      watch.orders.findIndex((order, at) => at > whole && !order.includes(index)),
    );
    expect(left).toEqual(left.toSorted((one, other) => one - other));
  },
);
