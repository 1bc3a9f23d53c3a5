import { findMarked } from '@runnel/shared/process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 4 });
});
afterAll(async () => story[Symbol.asyncDispose]());

/** Resolves once the turn says that it runs. */
async function running(place: { channel: string; threadTs: string }): Promise<void> {
  await expect
    .poll(() => story.fleet.workspace.statuses().find((one) => one.threadTs === place.threadTs)?.status)
    .toMatch(/working/);
}

test.each(['stop', 'the Stop button'])('%s ends a running command with its children and says so', async (how) => {
  const ada = story.person(how === 'stop' ? 0 : 1);
  const place = ada.say('sleep 600 & setsid sleep 601 & sleep 602');
  await running(place);
  const pod = story.fleet.runners.pod(ada.userKey);
  await expect
    .poll(async () => (await findMarked('RUNNEL_POD', (await pod)?.uid ?? '')).length)
    .toBeGreaterThanOrEqual(4);
  if (how === 'stop') ada.say('stop', { in: place });
  else story.fleet.workspace.pressStop(ada.id, place);
  await story.told(place, /Stopped by/);
  // The runner and the shell that watches it.
  await expect.poll(async () => findMarked('RUNNEL_POD', (await pod)?.uid ?? '').then((pids) => pids.length)).toBe(2);
  expect(await story.answered(place)).toHaveLength(1);
});

test('what waits behind a stopped turn is not run but held, and the answer says so', async () => {
  const ada = story.person(2);
  const place = ada.say('sleep 600');
  await running(place);
  ada.say('echo waits', { in: place });
  ada.say('stop', { in: place });
  expect(await story.told(place, /Stopped by/)).toContain('echo waits');
  ada.say('echo next', { in: place });
  expect((await story.answered(place, 2)).at(-1)).toContain('next');
});

test('a late Stop says that there is nothing to stop', async () => {
  const ada = story.person(3);
  const place = ada.say('echo quick');
  await story.answered(place);
  story.fleet.workspace.pressStop(ada.id, place);
  await story.told(place, /nothing to stop/i);
});
