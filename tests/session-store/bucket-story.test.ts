// A person's story with a bucket as the session store.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';
import { startBucket, type TestBucket } from './start-bucket.ts';

let bucket: TestBucket;
let story: Story;
beforeAll(async () => {
  bucket = await startBucket();
  const settings = { RUNNER_IDLE_TIMEOUT: '1500ms', STATE_BUCKET: bucket.name, STORAGE_API_URL: bucket.url };
  story = await startStory({ people: 2, settings });
});
afterAll(async () => {
  await story[Symbol.asyncDispose]();
  await bucket[Symbol.asyncDispose]();
});

test('a quiet runner saves into it and is gone; the next message finds files, folder and variables', async () => {
  const ada = story.person(0);
  const place = ada.say('mkdir -p deep/er && cd deep/er && echo kept > note.txt && export COLOUR="blue\nish"');
  await story.answered(place);
  await story.told(place, /saved/i);
  await expect.poll(async () => (await story.fleet.runners.pod(ada.userKey))?.state ?? 'gone').not.toBe('running');
  const [objects] = await bucket.objects.getFiles();
  const folder = `users/${story.fleet.workspace.team.id}/${ada.id}`;
  expect(objects.map(({ name }) => name)).toEqual([
    `${folder}/manifest.json`,
    expect.stringMatching(/sessions\/[0-9a-f]{32}\/[0-9a-f]{64}\.tar\.zst$/),
  ]);
  ada.say('cat note.txt; pwd; echo "[$COLOUR]"', { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(/kept\n.*deep\/er\n\[blue\nish\]/);
});

test('a bucket that answers 503 for a while delays the answer, and nothing is lost or said twice', async () => {
  const ada = story.person(1);
  let refused = 0;
  bucket.treat = () => ((refused += 1) <= 8 ? { kind: 'answer', status: 503 } : undefined);
  const place = ada.say('echo through');
  expect(await story.answered(place, 1, 60_000)).toEqual([expect.stringContaining('through')]);
  expect(refused).toBeGreaterThan(8);
  await story.told(place, /saved/i);
  expect(story.answers(place)).toHaveLength(1);
});
