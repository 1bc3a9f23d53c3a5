// Two agents in one fleet, of which a person and a repository choose, told with real processes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedRepository } from '../support/seed-repository.ts';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  const settings = { AGENT_PROVIDER: 'scripted,shell', FORGE: 'folder', RUNNER_IDLE_TIMEOUT: '500ms' };
  story = await startStory({ people: 3, settings });
});
afterAll(async () => story[Symbol.asyncDispose]());

test('who is chosen in the middle of a thread goes on there, in the next runner too', async () => {
  const ada = story.person(0);
  const place = ada.say('hello');
  await story.answered(place);
  ada.say('agent shell', { in: place });
  expect((await story.answered(place, 2)).at(-1)).toBe(
    'With your next message `shell` goes on in this thread. The files stay.',
  );
  await story.told(place, /^Saved/);
  ada.say('echo "$((6 * 7))"', { in: place });
  expect((await story.answered(place, 3)).at(-1)).toMatch(/^_`shell` goes on in this thread\._[^]*\b42\b/);
  const other = ada.say('echo "$((6 * 7))"');
  expect(await story.answered(other), 'another thread has who it would have had').toEqual(['echo "$((6 * 7))"']);
});

test('a repository names its agent, and its person has the last word', async () => {
  const grace = story.person(1);
  await seedRepository(story, grace, { '.runnel.yml': 'agent: shell\n' });
  const place = grace.say('echo "$((6 * 7))"');
  expect((await story.answered(place)).at(-1)).toMatch(/\b42\b/);
  await story.told(place, /^Saved/);
  grace.say('agent', { in: place });
  expect((await story.answered(place, 2)).at(-1)).toMatch(/^`shell` works .* asks for in `\.runnel\.yml`\./);
  grace.say('agent scripted', { in: place });
  grace.say('echo "$((6 * 7))"', { in: place });
  expect((await story.answered(place, 4)).at(-1)).toMatch(/^_`scripted` goes on[^]*it was told[^]*Asked: echo/);
});

test('an agent that is not there is told with its line', async () => {
  const alan = story.person(2);
  await seedRepository(story, alan, { '.runnel.yml': 'setup: echo hi\nagent: gemini\n' });
  const place = alan.say('hello');
  expect((await story.answered(place)).at(-1)).toMatch(/line 2: agent must be one of .*: scripted, shell\.[^]*hello$/);
});
