// What a person attaches, from the message to the answer, through real processes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runnerName } from '@runnel/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Person, type Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await startStory({ people: 3, settings: { FORGE: 'folder', RUNNER_IDLE_TIMEOUT: '2s' } });
});
afterAll(async () => story[Symbol.asyncDispose]());

async function logsOf({ userKey }: Person): Promise<string> {
  const folder = join(story.folder, 'pods', 'logs', runnerName(userKey));
  const names = await readdir(folder);
  return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
}

const pathIn = (answer: string | undefined): string =>
  /Attached: `([^`]+)`/.exec(answer ?? '')?.[1] ?? 'no path is named';
const fetches = (): number => story.fleet.standIn.record.calls('files-pri').length;

test('a file is there by the path that is said, is not committed, and outlives the runner', async () => {
  const ada = story.person(0);
  const place = ada.say('', { files: [{ name: 'my notes.txt', content: 'remember the milk\n' }] });
  const path = pathIn((await story.answered(place))[0]);
  expect(path).toMatch(/\/my_notes\.txt$/);
  ada.say(`cat ${path}; git status --short; echo x > x.txt`, { in: place });
  expect((await story.answered(place, 2))[1]).toMatch(/remember the milk\n```[^]*: 1 file, /);
  await story.told(place, /Write to wake me/);
  ada.say(`cat ${path}`, { in: place });
  expect((await story.answered(place, 3))[2]).toContain('remember the milk');
});

test('without the scope the answer names it, the work is done, and no log has the token', async () => {
  const ben = story.person(1);
  story.fleet.standIn.faults.next('files-pri', { kind: 'error', error: 'missing_scope' });
  const place = ben.say('echo done all the same', { files: [{ name: 'a.txt', content: 'x' }] });
  expect((await story.answered(place))[0]).toMatch(/`a\.txt` \(.*`files:read`\)[^]*done all the same/);
  const logs = await logsOf(ben);
  expect(logs).toContain('attached file not taken');
  expect(logs).not.toContain('xoxb-');
});

test('the file of a turn whose runner was killed is there for its successor, once', async () => {
  const carl = story.person(2);
  const before = fetches();
  const place = carl.say('sleep 3; ls ../state/attached/*', { files: [{ name: 'a.txt', content: 'x' }] });
  await expect.poll(fetches).toBe(before + 1);
  const pod = await story.fleet.runners.pod(carl.userKey);
  if (pod === undefined) throw new Error('Its runner is gone already.');
  process.kill(pod.runner.pid, 'SIGKILL');
  expect((await story.answered(place))[0]).toMatch(/```\na\.txt\n```/);
  expect(story.answers(place)).toHaveLength(1);
});
