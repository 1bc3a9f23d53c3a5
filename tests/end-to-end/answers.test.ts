import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 10 });
});
afterAll(async () => story[Symbol.asyncDispose]());

test('a direct message gets one threaded answer', async () => {
  const place = story.person(0).say('echo hello');
  expect(await story.answered(place)).toEqual([expect.stringMatching(/^```\nhello\n```/)]);
});

test('so does a mention in a channel, and chatter around it gets none', async () => {
  const chatter = story.person(1).say('echo nobody asked', { channel: 'C0GENERAL' });
  const place = story.person(1).say('<@U0RUNNEL> echo mentioned', { channel: 'C0GENERAL' });
  expect(await story.answered(place)).toEqual([expect.stringContaining('mentioned')]);
  story.person(1).say('echo again', { in: place });
  expect((await story.answered(place, 2)).at(-1)).toContain('again');
  const unbound = story
    .person(1)
    .say('echo in a thread nobody bound', { in: { channel: 'C0GENERAL', threadTs: chatter.ts } });
  await story.answered(story.person(1).say('<@U0RUNNEL> sleep 1; echo later', { channel: 'C0GENERAL' }));
  expect(story.said(chatter)).toEqual([]);
  expect(story.said(unbound)).toEqual([]);
});

test("a thread belongs to who started it: another person's message in it is answered once and runs nothing", async () => {
  const place = story.person(2).say('<@U0RUNNEL> echo mine', { channel: 'C0GENERAL' });
  await story.answered(place);
  story.person(3).say('<@U0RUNNEL> touch intruder', { in: place });
  story.person(3).say('touch intruder', { in: place });
  const whispers = (): string[] =>
    story
      .messages(place)
      .filter((message) => message.ephemeralTo === story.person(3).id)
      .map((message) => message.text);
  await expect.poll(whispers).toEqual([expect.stringContaining(`<@${story.person(2).id}>`)]);
  story.person(2).say('ls', { in: place });
  expect((await story.answered(place, 2)).at(-1)).not.toContain('intruder');
  expect(whispers()).toHaveLength(1);
});

test("two people have two runners, and neither meets a file, variable or process of the other's session", async () => {
  const [ada, ben] = [story.person(4), story.person(5)];
  const slow = ada.say('echo secret > mine.txt; export SECRET=ada');
  await story.answered(slow);
  const released = join(story.folder, 'released');
  ada.say(`until [ -e ${released} ]; do sleep 0.1; done; echo "waited $SECRET"`, { in: slow });
  const quick = ben.say(
    'ls; echo "[$SECRET]"; env | grep -ci secret; cat ../../*/files/mine.txt 2>&1 | grep -c secret',
  );
  expect((await story.answered(quick))[0]).toMatch(/^```\n\[\]\n0\n0\n/);
  expect(story.answers(slow), 'not delayed by the other').toHaveLength(1);
  const uids = await Promise.all([ada, ben].map(async ({ userKey }) => (await story.fleet.runners.pod(userKey))?.uid));
  expect(new Set(uids.filter((uid) => uid !== undefined)).size).toBe(2);
  await writeFile(released, '');
  expect((await story.answered(slow, 2))[1], 'nor ended with the turn of the other').toContain('waited ada');
});

test('two threads of one person run side by side, two messages in one thread in order', async () => {
  const ada = story.person(6);
  const slow = ada.say('sleep 3; echo slow');
  const status = () => story.fleet.workspace.statuses().find((one) => one.threadTs === slow.threadTs)?.status;
  await expect.poll(status).toMatch(/working/);
  const next = ada.say('echo after', { in: slow });
  const quick = ada.say('echo quick');
  await story.answered(quick);
  expect(story.answers(slow)).toEqual([]);
  await expect
    .poll(() =>
      story
        .messages(slow)
        .find((message) => message.ts === next.ts)
        ?.reactions.map((reaction) => reaction.name),
    )
    .toContain('hourglass_flowing_sand');
  const answers = await story.answered(slow, 2);
  expect(answers[0]).toContain('slow');
  expect(answers[1]).toContain('after');
  const marks = (): string[] | undefined =>
    story
      .messages(slow)
      .find((message) => message.ts === next.ts)
      ?.reactions.map((reaction) => reaction.name);
  await expect.poll(marks, { message: 'no longer waiting' }).not.toContain('hourglass_flowing_sand');
});

test('receipt is seen at once: the thread works, with a Stop, and rests after the answer', async () => {
  const ada = story.person(7);
  const place = ada.say('sleep 1; echo done');
  const session = () => story.fleet.workspace.sessions().find((one) => one.threadTs === place.threadTs);
  await expect
    .poll(session, { timeout: 1_000, interval: 10 })
    .toMatchObject({ status: 'processing', title: 'sleep 1; echo done' });
  await story.answered(place);
  await expect.poll(session).toMatchObject({ status: 'active' });
});

test('an edit of a message that waits replaces it, a deleted one never runs', async () => {
  const ada = story.person(8);
  const place = ada.say('sleep 2; echo first');
  const second = ada.say('echo wrong', { in: place });
  const third = ada.say('echo never', { in: place });
  story.fleet.workspace.editAs(ada.id, { channel: place.channel, ts: second.ts }, 'echo right');
  story.fleet.workspace.deleteAs(ada.id, { channel: place.channel, ts: third.ts });
  const answers = await story.answered(place, 2);
  expect(answers[1]).toContain('right');
  await story.answered(ada.say('echo last', { in: place }), 3);
  expect(story.answers(place).join()).not.toMatch(/wrong|never/);
});

test('a call for help and a greeting are answered in words, an unknown command says how to get a coding agent', async () => {
  const ada = story.person(9);
  const place = ada.say('hello');
  expect((await story.answered(place))[0]).toMatch(/^Hello! .* run as a command/);
  ada.say('help', { in: place });
  await story.told(place, /^Write what you want done[^]*run as a command/);
  ada.say('Help!', { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(/^What you write to me is run as a command/);
  ada.say('refactor the parser', { in: place });
  expect((await story.answered(place, 3))[2]).toMatch(/127[^]*agent/);
});
