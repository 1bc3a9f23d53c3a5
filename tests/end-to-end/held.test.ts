import type { WorkspaceMessage } from '@runnel/dev';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 7, settings: { RUNNER_IDLE_TIMEOUT: '4s' } });
});
afterAll(async () => story[Symbol.asyncDispose]());

type Action = 'run_now' | 'discard';

/** The newest message of the thread with such a button. */
function offer(place: Place, action: Action): WorkspaceMessage | undefined {
  return story.messages(place).findLast((message) => JSON.stringify(message.blocks ?? []).includes(`"${action}"`));
}

function press(person: Person, on: WorkspaceMessage | undefined, action: Action): void {
  if (on === undefined) throw new Error(`There is no ${action} to press.`);
  story.fleet.workspace.pressButton(person.id, { channel: on.channel, ts: on.ts, actionId: action });
}

/** A running command stopped with these commands behind it; resolves to the message that lists them. */
async function stopBefore(person: Person, commands: readonly string[], channel = person.dm) {
  const place = person.say(channel === person.dm ? 'sleep 600' : '<@U0RUNNEL> sleep 600', { channel });
  const status = () => story.fleet.workspace.statuses().find((one) => one.threadTs === place.threadTs)?.status;
  await expect.poll(status).toMatch(/working/);
  const waiting = commands.map((command) => person.say(command, { in: place }));
  person.say('stop', { in: place });
  const stopped = await story.told(place, /Stopped by/);
  const on = offer(place, 'run_now');
  if (on === undefined) throw new Error('The answer to the stop has no buttons.');
  return { place, waiting, stopped, on };
}

/** Everything final in the thread after the answer to the stop. */
const revived = (place: Place): string[] => story.answers(place).slice(1);
const whispers = (place: Place, to: Person): string[] =>
  story.messages(place).flatMap((message) => (message.ephemeralTo === to.id ? [message.text] : []));

test('what waits behind a Stop is listed, and Run now answers it in order, once', async () => {
  const ada = story.person(0);
  const { place, stopped, on } = await stopBefore(ada, ['echo first', 'echo second']);
  expect(stopped).toMatch(/- echo first\n- echo second/);
  press(ada, on, 'run_now');
  expect(await story.answered(place, 3)).toHaveLength(3);
  expect(revived(place)).toEqual([expect.stringContaining('first'), expect.stringContaining('second')]);
  await expect
    .poll(() => story.fleet.workspace.message(on)?.text)
    .toMatch(new RegExp(`<@${ada.id}> chose \\*Run now\\*\\.$`));
  expect(offer(place, 'run_now'), 'nobody presses it twice').toBeUndefined();
  ada.say('echo after', { in: place });
  expect((await story.answered(place, 4)).at(-1)).toContain('after');
});

test('Discard forgets what is held and says so; a new message leaves it held until then', async () => {
  const ada = story.person(1);
  const { place, on } = await stopBefore(ada, ['echo held']);
  ada.say('echo new', { in: place });
  expect((await story.answered(place, 2)).at(-1)).toContain('new');
  press(ada, on, 'discard');
  expect(await story.told(place, /Discarded/)).toContain('echo held');
  await expect.poll(() => story.fleet.workspace.message(on)?.text).toContain('chose *Discard*');
  expect(story.answers(place)).toHaveLength(2);
});

test('only whose thread it is can choose', async () => {
  const [ada, ben] = [story.person(2), story.person(3)];
  const { place, on } = await stopBefore(ada, ['echo mine'], 'C0TEAM');
  press(ben, on, 'discard');
  await expect.poll(() => whispers(place, ben)).toEqual([expect.stringContaining(`Only <@${ada.id}>`)]);
  press(ada, on, 'run_now');
  expect((await story.answered(place, 2)).at(-1)).toContain('mine');
});

test('an edit and a delete of what is held count, and an old button does nothing but say so', async () => {
  const ada = story.person(4);
  const { place, waiting, on } = await stopBefore(ada, ['echo gone', 'echo wrnog']);
  const [gone, wrong] = waiting;
  if (gone === undefined || wrong === undefined) throw new Error('two commands');
  story.fleet.workspace.deleteAs(ada.id, gone);
  story.fleet.workspace.editAs(ada.id, wrong, 'echo right');
  press(ada, on, 'run_now');
  press(ada, on, 'run_now');
  await story.told(place, /an old one/);
  expect(await story.answered(place, 2)).toHaveLength(2);
  expect(revived(place)).toEqual([expect.stringContaining('right')]);
});

test('a press wakes a runner that sleeps', async () => {
  const ada = story.person(5);
  const { place, on } = await stopBefore(ada, ['pwd', 'echo awake']);
  const before = await story.fleet.runners.pod(ada.userKey);
  await story.told(place, /saved/i);
  press(ada, on, 'run_now');
  expect((await story.answered(place, 3)).at(-1)).toContain('awake');
  expect((await story.fleet.runners.pod(ada.userKey))?.uid).not.toBe(before?.uid);
});

test('a runner killed in the middle of revived turns: each is answered once, in order', async () => {
  const ada = story.person(6);
  const commands = ['echo one', 'sleep 2; echo two', 'echo three'];
  const { place, on } = await stopBefore(ada, commands);
  press(ada, on, 'run_now');
  await story.answered(place, 2);
  process.kill(await story.runnerPid(ada), 'SIGKILL');
  await story.answered(place, 4);
  expect(revived(place)).toHaveLength(3);
  expect(revived(place).join()).toMatch(/one[^]*two[^]*three/);
  ada.say('echo nothing waits', { in: place });
  expect((await story.answered(place, 5)).at(-1)).toContain('nothing waits');
});
