// A person's day with Claude Code, through the whole fleet; its model follows a script.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pressButton } from '../support/press-button.ts';
import { program } from './claude-on.ts';
import { describeAgentStory, untilAsleep } from './describe-agent-story.ts';
import { startRawModel } from './raw-model.ts';
import { runCommand } from './scripted-model.ts';

let isRefusing = false;
// What the script is told leaves out what was said in the middle of a turn.
const told = await startRawModel(() => theStage().model.url);
const theStage = describeAgentStory({
  provider: 'claude',
  settings: () => ({
    CLAUDE_PROGRAM: program,
    ANTHROPIC_API_KEY: 'key-of-the-model',
    ANTHROPIC_BASE_URL: told.url,
  }),
  run: runCommand,
  script({ prompt, results }) {
    const { outside } = theStage();
    if (prompt.includes('with a key')) {
      return isRefusing
        ? { error: { message: 'invalid key' }, status: 401 }
        : { content: 'The key is good.', usage: { input_tokens: 1_000, output_tokens: 500 } };
    }
    if (prompt.includes('wait for a word')) {
      return results.length === 0
        ? runCommand(`until [ -e ${join(outside, 'go')} ]; do sleep 0.1; done`)
        : { content: 'So you say.' };
    }
    if (prompt.includes('half of it')) {
      const command = 'if [ -e half ]; then echo kept; else echo x > half; sleep 600; fi';
      return results.length === 0 ? runCommand(command) : { content: `It is ${results[0]}.` };
    }
    return undefined;
  },
});

test('a key that its model refuses: the message is kept, and answered once when the key is good', async () => {
  const { story } = theStage();
  const ada = story.person(0);
  isRefusing = true;
  const place = ada.say('work with a key');
  expect((await story.answered(place))[0]).toMatch(/refuses[^]*`ANTHROPIC_API_KEY`[^]*This message is kept\./);
  isRefusing = false;
  pressButton(story, ada, { in: place, action: 'run_now' });
  const [, answer] = await story.answered(place, 2);
  expect(answer).toMatch(/^The key is good\.\s+_\d+ s · [\d.]+k tokens in, 500 out( · \$\d+\.\d\d)?_$/);
});

test('a word in the middle of a turn is heard in it, and answered with it', async () => {
  const { story, model, outside } = theStage();
  const ben = story.person(1);
  const place = ben.say('wait for a word');
  await expect.poll(() => model.requests.some(({ prompt }) => prompt.includes('wait for a word'))).toBe(true);
  ben.say('!the word is swordfish', { in: place });
  // On its card, since the agent has it now.
  const shown = (): string =>
    story
      .messages(place)
      .map(({ text }) => text)
      .join('\n');
  await expect.poll(shown).toContain('» the word is swordfish');
  await writeFile(join(outside, 'go'), '');
  expect(await story.answered(place)).toEqual([expect.stringContaining('So you say.')]);
  expect(told.bodies.at(-1)).toContain('the word is swordfish');
  ben.say('are you there?', { in: place });
  expect(await story.answered(place, 2)).toHaveLength(2);
});

test('its runner is killed after what it had written was saved: the successor has that, and knows that it was interrupted', async () => {
  const { story, model } = theStage();
  const ben = story.person(1);
  const place = ben.say('hello');
  await story.answered(place);
  const { ts } = ben.say('write half of it', { in: place });
  const state = join(story.folder, 'state', 'users', ...ben.userKey.split(':'));
  const manifests = async (): Promise<string> => {
    const names = (await readdir(state)).filter((name) => name.startsWith('manifest.'));
    return (await Promise.all(names.map((name) => readFile(join(state, name), 'utf8')))).join('\n');
  };
  // After ten seconds: the thread itself is saved already. One that is not is saved once a minute.
  await expect.poll(manifests, { timeout: 40_000, interval: 500 }).toMatch(new RegExp(`"underWay": ?"[^"]*:${ts}"`));
  expect(model.requests.at(-1)?.whole).not.toContain('You were interrupted');
  await story.fleet.runners.kill(ben.userKey);
  expect((await story.answered(place, 2))[1]).toMatch(/It is kept\.[^]*: 1 file, \+1 −0, commit/);
  expect(model.requests.at(-1)?.whole).toContain('You were interrupted');
  await untilAsleep(story, ben);
  expect(story.answers(place)).toHaveLength(2);
});
