import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 2, settings: { RUNNER_IDLE_TIMEOUT: '1500ms' } });
});
afterAll(async () => story[Symbol.asyncDispose]());

test('a quiet runner saves, says so once and is gone; the next message finds files, folder and variables', async () => {
  const ada = story.person(0);
  const place = ada.say('mkdir -p deep/er && cd deep/er && echo kept > note.txt && export COLOUR="blue\nish"');
  await story.answered(place);
  const answeredAt = performance.now();
  const pod = await story.fleet.runners.pod(ada.userKey);
  await story.told(place, /saved/i);
  expect(performance.now() - answeredAt, 'not before its time').toBeGreaterThan(1_400);
  await expect.poll(async () => (await story.fleet.runners.pod(ada.userKey))?.state ?? 'gone').not.toBe('running');
  const kept = join(story.folder, 'state', 'users', story.fleet.workspace.team.id, ada.id);
  expect(existsSync(kept) && readdirSync(kept).some((name) => name.startsWith('manifest'))).toBe(true);

  ada.say('cat note.txt; pwd; echo "[$COLOUR]"', { in: place });
  const answer = (await story.answered(place, 2))[1] ?? '';
  expect(answer).toMatch(/kept\n.*deep\/er\n\[blue\nish\]/);
  const next = await story.fleet.runners.pod(ada.userKey);
  expect(next?.uid).not.toBe(pod?.uid);
  expect(story.said(place).filter((text) => /saved/i.test(text))).toHaveLength(1);
});

test('work keeps it awake: the timeout counts from the end of the last turn', async () => {
  const ada = story.person(1);
  const place = ada.say('sleep 3.3; echo long');
  await story.answered(place);
  const answeredAt = performance.now();
  await story.told(place, /saved/i);
  expect(performance.now() - answeredAt).toBeGreaterThan(1_400);
});
