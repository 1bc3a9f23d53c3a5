import { isAlive } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { startStory } from '../support/story.ts';

test('a runner stopped past its lease and continued after its successor answered says nothing and is gone within 1 s', async () => {
  await using story = await startStory({ people: 1 });
  const ada = story.person(0);
  const place = ada.say('sleep 2; echo once');
  const pod = async () => story.fleet.runners.pod(ada.userKey);
  await expect.poll(async () => (await pod())?.runner.pid ?? 0, { timeout: 10_000 }).toBeGreaterThan(0);
  await expect
    .poll(() => story.fleet.workspace.statuses().find((one) => one.threadTs === place.threadTs)?.status, {
      timeout: 10_000,
    })
    .toMatch(/working/);
  const zombie = await pod();
  if (zombie === undefined) throw new Error('a runner');
  process.kill(zombie.runner.pid, 'SIGSTOP');
  await expect.poll(async () => (await pod())?.uid, { timeout: 25_000 }).not.toBe(zombie.uid);
  await story.answered(place, 1, 30_000);
  // Replaced pods are ended by force; where the kernel still has it, it is continued to see what it would do.
  if (isAlive(zombie.runner)) {
    process.kill(zombie.runner.pid, 'SIGCONT');
    await expect.poll(() => isAlive(zombie.runner), { timeout: 1_000 }).toBe(false);
  }
  const more = await story.answered(ada.say('echo next', { in: place }), 2);
  expect(more).toHaveLength(2);
  expect(more[0]).toContain('once');
});
