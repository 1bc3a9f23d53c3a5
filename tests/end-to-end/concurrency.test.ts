import { expect, test } from 'vitest';
import { startStory, type Place, type Story } from '../support/story.ts';

/** Looks how many runners live at once, all the time until `most` is asked. */
function watchRunners(story: Story): { most: () => Promise<number> } {
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const pods = await Promise.all(story.people.map((person) => story.fleet.runners.pod(person.userKey)));
      most = Math.max(most, pods.filter((pod) => pod?.state === 'running' && pod.runner.pid > 0).length);
    }
  })();
  return {
    async most() {
      isOver = true;
      await watching;
      return most;
    },
  };
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
  expect(await watch.most()).toBe(1);
});

test.each(['killed', 'drained'] as const)(
  'a launcher %s while five of eight are served: never six, and the waiting keep their order',
  async (how) => {
    await using story = await startStory({ people: 8, launchers: 2, settings: { ...quick, RUNNER_CONCURRENCY: '5' } });
    const watch = watchRunners(story);
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
    expect(await watch.most()).toBe(5);
  },
);
