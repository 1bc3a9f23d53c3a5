import { expect, test } from 'vitest';
import { startStory, type Place, type Story } from '../support/story.ts';

type Watch = {
  /** The most runners that lived at once. */
  most: number;
  /** Every order in which those from `first` on were seen to wait: their indices. */
  orders: string[];
  end: () => Promise<void>;
};

/** Looks all the time at how many runners live and who waits, until it is ended. `first`: who is looked at in the line. */
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
    while (!isOver) {
      const [line, ...pods] = await Promise.all([
        waitingOf(story),
        ...story.people.map((person) => story.fleet.runners.pod(person.userKey)),
      ]);
      watch.most = Math.max(watch.most, pods.filter((pod) => pod?.state === 'running' && pod.runner.pid > 0).length);
      const order = line.filter((index) => index >= first).join(' ');
      if (order !== watch.orders.at(-1)) watch.orders.push(order);
    }
  })();
  return watch;
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
    await expect.poll(state, { timeout: 10_000 }).not.toBe('asleep');
  }
  return places;
}

/** When each answer was made, by the clock of the command itself. */
async function times(story: Story, places: readonly Place[]): Promise<bigint[]> {
  const found: bigint[] = [];
  for (const place of places) {
    const [answer = ''] = await story.answered(place, 1, 40_000);
    found.push(BigInt(/\d{15,}/.exec(answer)?.[0] ?? '0'));
  }
  return found;
}

const quick = { RUNNER_IDLE_TIMEOUT: '300ms' };

test('with room for one, three people are served in their order, never two at once, and see their place', async () => {
  await using story = await startStory({ people: 3, settings: { ...quick, RUNNER_CONCURRENCY: '1' } });
  const watch = watchRunners(story);
  const places = await lineUp(story, 'sleep 1; date +%s%N');
  const lines = (): string =>
    JSON.stringify(story.fleet.standIn.record.calls('assistant.threads.setStatus').map((call) => call.args));
  await expect.poll(lines, { timeout: 10_000 }).toMatch(/1st in line[^]*2nd in line|2nd in line[^]*1st in line/);
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
    await expect.poll(awake, { timeout: 20_000 }).toBe(5);
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
    expect(['', '5', '5 6', '5 6 7', '6 7', '7']).toEqual(expect.arrayContaining(watch.orders));
  },
);
