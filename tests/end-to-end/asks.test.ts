// What an agent asks in the middle of a turn, told with real processes. The agent is `scripted`: a message `ask: …` makes it ask.
import type { WorkspaceMessage } from '@runnel/dev';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isKept } from '../support/is-kept.ts';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';

const scripted = { AGENT_PROVIDER: 'scripted' };

let story: Story;

/** The card of the thread that can be pressed. */
function card(place: Place): WorkspaceMessage | undefined {
  return story.messages(place).findLast((message) => JSON.stringify(message.blocks ?? []).includes('"button"'));
}

function press(person: Person, on: WorkspaceMessage, actionId: string): void {
  story.fleet.workspace.pressButton(person.id, { channel: on.channel, ts: on.ts, actionId });
}

/** Says it and waits for the card. */
async function asked(person: Person, text: string, channel = person.dm) {
  const place = person.say(text, { channel });
  await expect.poll(() => card(place)).toBeDefined();
  const on = card(place);
  if (on === undefined) throw new Error('Nothing can be pressed.');
  return { place, on };
}

const textOf = (on: WorkspaceMessage): string => story.fleet.workspace.message(on)?.text ?? '';

describe('while it waits', () => {
  beforeAll(async () => {
    story = await startStory({ people: 5, settings: { ...scripted, RUNNER_IDLE_TIMEOUT: '10m' } });
  });
  afterAll(async () => story[Symbol.asyncDispose]());

  test.each([
    ['allow', 'allowed', 'Allow once'],
    ['always', 'always allowed', 'Always for this session'],
    ['deny', 'denied', 'Deny'],
  ])('%s reaches the agent, and the card says who chose', async (action, said, label) => {
    const ada = story.person(0);
    const { place, on } = await asked(ada, 'ask: rm -rf build');
    expect(on.text).toContain(`<@${ada.id}> May I do this?`);
    press(ada, on, action);
    expect(await story.answered(place)).toEqual([said]);
    await expect.poll(() => textOf(on)).toMatch(new RegExp(`<@${ada.id}> chose \\*${label}\\*\\.$`));
    expect(card(place), 'nobody presses it twice').toBeUndefined();
  });

  test('a choice among several is the answer', async () => {
    const ada = story.person(0);
    const { place, on } = await asked(ada, 'choose: Which one? | red | green | blue');
    press(ada, on, 'choose.1');
    expect(await story.answered(place)).toEqual(['green']);
    await expect.poll(() => textOf(on)).toContain('answered: green');
  });

  test('the next message of the thread answers a question without choices', async () => {
    const ada = story.person(1);
    const { place, on } = await asked(ada, 'question: Which branch?');
    ada.say('main', { in: place });
    expect(await story.answered(place)).toEqual(['main']);
    await expect.poll(() => textOf(on)).toContain('answered: main');
    ada.say('more', { in: place });
    expect(await story.answered(place, 2)).toEqual(['main', 'more']);
  });

  test('so does what is written on its card', async () => {
    const ada = story.person(1);
    const { place, on } = await asked(ada, 'question: Which branch?');
    const { channel, ts } = on;
    story.fleet.workspace.pressButton(ada.id, { channel, ts, actionId: 'answer', text: 'a < b' });
    expect(await story.answered(place)).toEqual(['a &lt; b']);
    await expect.poll(() => textOf(on)).toContain('answered: a &lt; b');
    expect(JSON.stringify(story.fleet.workspace.message(on)?.blocks), 'nobody writes there twice').not.toContain(
      '"input"',
    );
  });

  test('only whose thread it is can decide, and a second press is told that it is one', async () => {
    const [ada, ben] = [story.person(1), story.person(2)];
    const { place, on } = await asked(ada, '<@U0RUNNEL> ask: deploy', 'C0TEAM');
    press(ben, on, 'allow');
    const heardByBen = (): string[] =>
      story.messages(place).flatMap((message) => (message.ephemeralTo === ben.id ? [message.text] : []));
    await expect.poll(heardByBen).toEqual([expect.stringContaining(`Only <@${ada.id}>`)]);
    expect(story.answers(place)).toEqual([]);
    press(ada, on, 'deny');
    press(ada, on, 'allow');
    expect(await story.answered(place)).toEqual(['denied']);
    await story.told(place, /not open any more/);
    expect(story.answers(place)).toHaveLength(1);
  });

  test('a Stop ends it', async () => {
    const ada = story.person(3);
    const { place, on } = await asked(ada, 'ask: deploy');
    story.fleet.workspace.pressStop(ada.id, place);
    expect(await story.answered(place)).toEqual([expect.stringContaining('Stopped by')]);
    await expect.poll(() => textOf(on)).toContain('Not waited for any more.');
  });

  test('a runner that is killed meanwhile: its successor asks again, once, and the old card is over', async () => {
    const ada = story.person(4);
    const { place, on } = await asked(ada, 'ask: deploy');
    await expect.poll(() => isKept(story, on)).toBe(true);
    process.kill(await story.runnerPid(ada), 'SIGKILL');
    await expect.poll(() => textOf(on)).toContain('Not waited for any more.');
    // A card of its progress may be the last one for a moment.
    const isAsking = (one: WorkspaceMessage): boolean =>
      one.ts !== on.ts && JSON.stringify(one.blocks ?? []).includes('"allow"');
    await expect.poll(() => story.messages(place).some(isAsking)).toBe(true);
    press(ada, story.messages(place).find(isAsking) ?? on, 'allow');
    expect(await story.answered(place)).toEqual(['allowed']);
    expect(story.said(place).filter((text) => text.includes('May I do this?'))).toHaveLength(2);
  });
});

describe('parked', () => {
  beforeAll(async () => {
    story = await startStory({ people: 3, settings: { ...scripted, RUNNER_IDLE_TIMEOUT: '1s' } });
  });
  afterAll(async () => story[Symbol.asyncDispose]());

  test('the pod sleeps; a press wakes one, and the turn goes on and is answered once', async () => {
    const ada = story.person(0);
    const { place, on } = await asked(ada, 'ask: rm -rf build');
    await story.told(place, /^Saved/);
    const before = await story.fleet.runners.pod(ada.userKey);
    press(ada, on, 'allow');
    const [answer = ''] = await story.answered(place);
    expect(answer).toMatch(/^You asked me for permission: rm -rf build\nMy decision: allowed, this once\./);
    expect((await story.fleet.runners.pod(ada.userKey))?.uid).not.toBe(before?.uid);
    await expect.poll(() => textOf(on)).toContain('chose *Allow once*');
    await expect.poll(() => story.said(place).filter((text) => text.startsWith('Saved')).length).toBe(2);
    expect(story.answers(place)).toHaveLength(1);
  });

  test('what is written on the card of a question wakes one, too', async () => {
    const ada = story.person(1);
    const { place, on } = await asked(ada, 'question: Which port?');
    await story.told(place, /^Saved/);
    story.fleet.workspace.pressButton(ada.id, { channel: on.channel, ts: on.ts, actionId: 'answer', text: '8080' });
    expect(await story.answered(place)).toEqual([expect.stringContaining('My answer: 8080')]);
  });

  test('so does the next message, for a question without choices', async () => {
    const ada = story.person(1);
    const { place } = await asked(ada, 'question: Which branch?');
    await story.told(place, /^Saved/);
    ada.say('main', { in: place });
    expect(await story.answered(place)).toEqual([expect.stringContaining('My answer: main')]);
  });

  test('a runner that is killed in the turn of the decision: it is taken again, and answered once', async () => {
    const ada = story.person(2);
    const { place, on } = await asked(ada, 'ask: rm -rf build');
    await story.told(place, /^Saved/);
    const asleep = (await story.fleet.runners.pod(ada.userKey))?.runner.pid;
    press(ada, on, 'deny');
    process.kill(await story.runnerPid(ada, asleep), 'SIGKILL');
    expect(await story.answered(place)).toEqual([expect.stringContaining('My decision: no.')]);
    ada.say('hello', { in: place });
    expect(await story.answered(place, 2)).toHaveLength(2);
  });
});

test('a late press is told that the question has expired', async () => {
  story = await startStory({
    people: 1,
    settings: { ...scripted, RUNNER_IDLE_TIMEOUT: '500ms', PERMISSION_TIMEOUT: '1s' },
  });
  await using _ = story;
  const ada = story.person(0);
  const { place, on } = await asked(ada, 'ask: rm -rf build');
  await story.told(place, /^Saved/);
  await expect.poll(() => Date.now() - Number(on.ts) * 1_000).toBeGreaterThan(1_500);
  press(ada, on, 'allow');
  expect(await story.answered(place)).toEqual([expect.stringContaining('Nobody answered `rm -rf build` in time')]);
  await expect.poll(() => textOf(on)).toContain('counts as *Deny*');
  ada.say('hello', { in: place });
  expect(await story.answered(place, 2)).toEqual([expect.anything(), 'hello']);
});
