// A person's day with Codex, through the whole fleet; its model follows a script.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStory, type Story } from '../support/story.ts';
import { findAgents } from './find-agents.ts';
import { callTool, startScriptedModel, type ScriptedModel } from './scripted-model.ts';

let story: Story;
let model: ScriptedModel;
beforeAll(async () => {
  model = await startScriptedModel(({ prompt, results }) => {
    if (prompt.includes('write a test')) {
      const cmd = `printf 'test "$(cat sum)" = 3\\n' > sum.test; echo 3 > sum; sh sum.test && echo passed`;
      return results.length === 0
        ? callTool('exec_command', { cmd }, 'I write it.')
        : { content: `It ran: ${results[0]}` };
    }
    if (prompt.includes('work on')) {
      const cmd = '[ -e once ] && echo again || { touch once; sleep 600; }';
      return results.length === 0
        ? callTool('exec_command', { cmd }, 'At it.')
        : { content: `Finished, ${results[0]}.` };
    }
    return { content: 'I am listening.' };
  });
  const { codex } = await findAgents();
  story = await startStory({
    people: 2,
    settings: {
      AGENT_PROVIDER: 'codex',
      CODEX_PROGRAM: codex,
      CODEX_MODEL: 'scripted',
      OPENAI_API_KEY: 'key-of-the-model',
      OPENAI_BASE_URL: `${model.url}/v1`,
      RUNNER_IDLE_TIMEOUT: '1s',
    },
  });
});
afterAll(async () => story[Symbol.asyncDispose]());

test('it writes a file and a test and runs it; after its sleep it knows what was said, and finds the files', async () => {
  const ada = story.person(0);
  const place = ada.say('write a test for the sum');
  expect((await story.answered(place))[0]).toMatch(/It ran:[^]*passed/);
  await expect.poll(async () => (await story.fleet.runners.list())[0]?.state).toBe('asleep');
  ada.say('and what did I ask before?', { in: place });
  expect((await story.answered(place, 2))[1]).toContain('I am listening.');
  expect(model.requests.at(-1)?.whole).toContain('write a test for the sum');
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
