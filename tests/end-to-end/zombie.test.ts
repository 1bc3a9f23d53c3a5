import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerName } from '@runnel/shared';
import { isAlive } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { SHORT_LEASE, startStory } from '../support/story.ts';

test('a runner stopped past its lease and continued after its successor answered says nothing and is gone at once', async () => {
  await using story = await startStory({ people: 1, settings: SHORT_LEASE });
  const ada = story.person(0);
  const place = ada.say('sleep 2; echo once');
  const status = () => story.fleet.workspace.statuses().find((one) => one.threadTs === place.threadTs)?.status;
  await expect.poll(status).toMatch(/working/);
  const zombie = await story.fleet.runners.pod(ada.userKey);
  if (zombie === undefined) throw new Error('a runner');
  process.kill(zombie.runner.pid, 'SIGSTOP');
  try {
    // As on a machine that nobody hears any more: no launcher knows of it, so nobody ends it.
    await rename(join(story.folder, 'pods', 'pods', runnerName(ada.userKey)), join(story.folder, 'unheard'));
    await story.answered(place);
    expect(isAlive(zombie.runner)).toBe(true);
    process.kill(zombie.runner.pid, 'SIGCONT');
    // Well within a second, where nothing else keeps the machine busy.
    await expect.poll(() => isAlive(zombie.runner), { timeout: 5_000 }).toBe(false);
  } finally {
    if (isAlive(zombie.runner)) process.kill(zombie.runner.pid, 'SIGKILL');
  }
  const answers = await story.answered(ada.say('echo next', { in: place }), 2);
  expect(answers).toEqual([expect.stringContaining('once'), expect.stringContaining('next')]);
});
