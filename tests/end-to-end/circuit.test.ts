import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceMessage } from '@runnel/dev';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mainOf } from '../support/run-process.ts';
import { startStory, type Person, type Place, type Story } from '../support/story.ts';

let folder: string;
/** While it is missing no runner starts. */
let allowed: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runnel-circuit-'));
  allowed = join(folder, 'allowed');
  await writeFile(
    join(folder, 'run.sh'),
    `[ -e ${allowed} ] || exit 78\nexec ${process.execPath} ${mainOf('runner')}\n`,
  );
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function fleetThatFails(backoff: string): Promise<Story> {
  await rm(allowed, { force: true });
  const command = `/bin/sh ${join(folder, 'run.sh')}`;
  return startStory({ people: 2, settings: { RUNNER_COMMAND: command, LAUNCH_BACKOFF: backoff } });
}

const withRetry = (story: Story, place: Place): WorkspaceMessage[] =>
  story.messages(place).filter((message) => JSON.stringify(message.blocks ?? []).includes('"retry"'));

function press(story: Story, person: Person, on: WorkspaceMessage | undefined): void {
  if (on === undefined) throw new Error('There is no Retry to press.');
  story.fleet.workspace.pressButton(person.id, { channel: on.channel, ts: on.ts, actionId: 'retry' });
}

const whispered = (story: Story, place: Place, to: Person): string[] =>
  story.messages(place).flatMap((message) => (message.ephemeralTo === to.id ? [message.text] : []));

test('a runner that could not be started: Retry tries at once, whoever waits; an old one says that all is well', async () => {
  await using story = await fleetThatFails('10m');
  const [ada, ben] = [story.person(0), story.person(1)];
  const place = ada.say('<@U0RUNNEL> echo at last', { channel: 'C0TEAM' });
  expect(await story.told(place, /could not be started/)).toContain('your message is kept');
  const [notice] = withRetry(story, place);
  await writeFile(allowed, '');
  press(story, ben, notice);
  await expect.poll(() => whispered(story, place, ben)).toEqual([expect.stringContaining(`Only <@${ada.id}>`)]);
  press(story, ada, notice);
  expect((await story.answered(place))[0]).toContain('at last');
  await expect.poll(() => withRetry(story, place)).toEqual([]);
  expect(whispered(story, place, ada)).toEqual([expect.stringContaining('your runner is starting')]);
  expect(story.said(place).filter((text) => /could not be started/.test(text))).toHaveLength(1);
});

test('the open circuit is told once, the message is kept, and Retry closes it', async () => {
  await using story = await fleetThatFails('100ms');
  const ada = story.person(0);
  const place = ada.say('echo kept');
  expect(await story.told(place, /8 times in a row/)).toContain('your message is kept');
  const told = withRetry(story, place);
  await writeFile(allowed, '');
  press(story, ada, told.at(-1));
  // By itself it would stay open for 12 s.
  expect((await story.answered(place, 1, 10_000))[0]).toContain('kept');
  expect(story.said(place).filter((text) => /in a row/.test(text))).toHaveLength(1);
  press(story, ada, told.at(0));
  await expect.poll(() => whispered(story, place, ada).at(-1)).toContain('All is well');
});
