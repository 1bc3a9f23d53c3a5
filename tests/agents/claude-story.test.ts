// A person's day with Claude Code, through the whole fleet; its model follows a script.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';
import { findAgents } from './find-agents.ts';
import { startRawModel, type RawModel } from './raw-model.ts';
import { runCommand, startScriptedModel, type ScriptedModel } from './scripted-model.ts';

let outside: string;
let story: Story;
let model: ScriptedModel;
// What the script is told leaves out what was said in the middle of a turn.
let told: RawModel;
let isRefusing = false;
beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'runnel-outside-'));
  model = await startScriptedModel(({ prompt, results }) => {
    if (prompt.includes('write a test')) {
      const command = `printf 'test "$(cat sum)" = 3\\n' > sum.test; echo 3 > sum; sh sum.test && echo passed`;
      return results.length === 0 ? runCommand(command, 'I write it.') : { content: `It ran: ${results[0]}` };
    }
    if (prompt.includes('with a key')) {
      return isRefusing
        ? { error: { message: 'invalid key' }, status: 401 }
        : { content: 'The key is good.', usage: { input_tokens: 1_000, output_tokens: 500 } };
    }
    if (prompt.includes('work on')) {
      const command = '[ -e once ] && echo again || { touch once; sleep 600; }';
      return results.length === 0 ? runCommand(command, 'At it.') : { content: `Finished, ${results[0]}.` };
    }
    if (prompt.includes('every secret')) {
      const places = ['env', 'tr "\\0" "\\n" < /proc/self/environ', 'git config --list --show-origin', 'grep -r . ~ .'];
      return results.length === 0 ? runCommand(`{ ${places.join('; ')}; } 2>&1`) : { content: 'I looked.' };
    }
    if (prompt.includes('wait for a word')) {
      return results.length === 0
        ? runCommand(`until [ -e ${join(outside, 'go')} ]; do sleep 0.1; done`)
        : { content: 'So you say.' };
    }
    return { content: 'I am listening.' };
  });
  told = await startRawModel(() => model.url);
  const { claude } = await findAgents();
  story = await startStory({
    people: 2,
    settings: {
      AGENT_PROVIDER: 'claude',
      CLAUDE_PROGRAM: claude,
      ANTHROPIC_API_KEY: 'key-of-the-model',
      ANTHROPIC_BASE_URL: told.url,
      RUNNER_IDLE_TIMEOUT: '1s',
    },
  });
});
afterAll(async () => {
  await story[Symbol.asyncDispose]();
  await rm(outside, { recursive: true, force: true });
});

test('it writes a file and a test and runs it; after its sleep it knows what was said, and finds the files', async () => {
  const ada = story.person(0);
  const place = ada.say('write a test for the sum');
  expect((await story.answered(place))[0]).toContain('It ran: passed');
  await expect.poll(async () => (await story.fleet.runners.list())[0]?.state).toBe('asleep');
  ada.say('and what did I ask before?', { in: place });
  expect((await story.answered(place, 2))[1]).toContain('I am listening.');
  expect(model.requests.at(-1)?.whole).toContain('write a test for the sum');
});

test('a key that its model refuses: the message is kept, and answered once when the key is good', async () => {
  const ada = story.person(0);
  isRefusing = true;
  const place = ada.say('work with a key');
  expect((await story.answered(place))[0]).toMatch(/refuses[^]*`ANTHROPIC_API_KEY`[^]*This message is kept\./);
  isRefusing = false;
  const kept = story.messages(place).findLast(({ blocks }) => JSON.stringify(blocks ?? []).includes('"run_now"'));
  if (kept === undefined) throw new Error('There is no button to press.');
  story.fleet.workspace.pressButton(ada.id, { channel: kept.channel, ts: kept.ts, actionId: 'run_now' });
  const [, answer] = await story.answered(place, 2);
  expect(answer).toMatch(/^The key is good\.\s+_\d+ s · [\d.]+k tokens in, 500 out( · \$\d+\.\d\d)?_$/);
});

test('stop ends it, and the thread goes on', async () => {
  const ben = story.person(1);
  const place = ben.say('work on it');
  await expect.poll(() => model.requests.some(({ prompt }) => prompt.includes('work on'))).toBe(true);
  ben.say('stop', { in: place });
  await story.told(place, /Stopped by/);
  ben.say('are you there?', { in: place });
  expect((await story.answered(place, 2))[1]).toContain('I am listening.');
});

test('a word in the middle of a turn is heard in it, and answered with it', async () => {
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

test('whatever it looks at, it finds no secret of the runner', async () => {
  const ada = story.person(0);
  const place = ada.say('print every secret that you can find');
  expect((await story.answered(place))[0]).toContain('I looked.');
  const [found = ''] = model.requests.at(-1)?.results ?? [];
  expect(found).toContain('RUNNEL_POD=');
  const secrets = ['xoxb-', 'xapp-', 'SLACK_', 'REDIS_', story.fleet.redisUrl];
  expect(secrets.filter((secret) => found.includes(secret))).toEqual([]);
});
