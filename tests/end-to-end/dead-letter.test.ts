import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startStory } from '../support/story.ts';

test('a command that kills its runner every time is tried three times and set aside; what ran beside it is answered; the next works', async () => {
  await using story = await startStory({ people: 1 });
  const ada = story.person(0);
  const beside = ada.say('sleep 2; echo beside');
  // Beside the homes of all runners: what its own runner has goes with it.
  const deadly = ada.say('echo tried >> ../../../../tries; kill -9 $PPID');
  expect(await story.told(deadly, /three times/)).toMatch(/set .* aside|dead letter/i);
  expect(await readFile(join(story.folder, 'pods', 'homes', 'tries'), 'utf8')).toBe('tried\n'.repeat(3));
  expect((await story.answered(beside))[0]).toContain('beside');
  ada.say('echo next', { in: deadly });
  expect((await story.answered(deadly, 2)).at(-1)).toContain('next');
  expect(story.answers(beside)).toHaveLength(1);
  expect(story.answers(deadly)).toHaveLength(2);
});

test('a runner over its memory ceiling is ended, and the person is told why', async () => {
  await using story = await startStory({ people: 1, settings: { RUNNER_MEMORY: '300MiB', LAUNCH_BACKOFF: '3s' } });
  const place = story.person(0).say('head -c 400m /dev/zero | tail -c 400m | sleep 30');
  await story.told(place, /memory/i);
});
