// What is given to `/runnel`, told with real processes: it goes on in the person's direct messages.
import { readFile } from 'node:fs/promises';
import { findMarked } from '@runnel/shared/process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 2 });
});
afterAll(async () => story[Symbol.asyncDispose]());

function give(person: Person, text: string): void {
  story.fleet.workspace.commandAs(person.id, { channel: 'C0GENERAL', command: '/runnel', text });
}

/** The thread of the direct messages that quotes it. */
async function begun(person: Person, text: string): Promise<Place> {
  const { workspace } = story.fleet;
  const find = () =>
    workspace.messages(person.dm).find((said) => said.user === workspace.bot.userId && said.text.includes(text));
  await expect.poll(find).toBeDefined();
  return { channel: person.dm, threadTs: find()?.ts ?? '' };
}

const heard = (person: Person): string[] =>
  story.fleet.workspace
    .messages('C0GENERAL')
    .flatMap((message) => (message.ephemeralTo === person.id ? [message.text] : []));

/** For how long each `sleep` of theirs that runs would sleep. */
async function sleeping({ userKey }: Person): Promise<string[]> {
  const pids = await findMarked('RUNNEL_POD', (await story.fleet.runners.pod(userKey))?.uid ?? 'none');
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return commands.flatMap((words) => /^sleep\0(\d+)\0$/.exec(words)?.[1] ?? []).toSorted();
}

test('a request runs in a thread of the direct messages, which goes on like any other; so do words', async () => {
  const ada = story.person(0);
  give(ada, 'echo "a < b &lt;" > note; cat note');
  const place = await begun(ada, 'cat note');
  expect(await story.answered(place)).toEqual([expect.stringContaining('a &lt; b &amp;lt;')]);
  await expect.poll(() => heard(ada)).toEqual([expect.stringContaining('in our direct messages')]);
  ada.say('wc -l note', { in: place });
  expect((await story.answered(place, 2)).at(-1)).toContain('1 note');
  give(ada, 'sessions');
  await story.told(await begun(ada, 'sessions'), /echo "a &lt; b &amp;lt;"/);
  expect(story.fleet.workspace.messages('C0GENERAL').filter(({ ephemeralTo }) => ephemeralTo === undefined)).toEqual(
    [],
  );
});

test('`stop` stops what runs in all threads of whoever gives it, and nobody else’s', async () => {
  const [ada, ben] = [story.person(0), story.person(1)];
  const places = [ada.say('sleep 600'), ada.say('sleep 601')];
  const other = ben.say('sleep 602');
  await expect.poll(() => sleeping(ada)).toEqual(['600', '601']);
  await expect.poll(() => sleeping(ben)).toEqual(['602']);
  give(ada, 'stop');
  for (const place of places) await story.told(place, /Stopped by/);
  await expect.poll(() => heard(ada).at(-1)).toContain('in 2 threads of yours');
  await expect.poll(() => sleeping(ada)).toEqual([]);
  expect(await sleeping(ben)).toEqual(['602']);
  give(ben, 'stop');
  await story.told(other, /Stopped by/);
  await expect.poll(() => heard(ben)).toHaveLength(1);
  // The stop is out of the inbox once it was answered.
  await expect
    .poll(() => {
      give(ben, 'stop');
      return heard(ben).at(-1);
    })
    .toBe('Nothing of yours runs, or waits to.');
});
