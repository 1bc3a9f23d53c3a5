// What Claude Code asks through the whole fleet, while nobody answers: its runner sleeps, or is lost. Its model never puts what it wants to
// do in the same words twice.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkspaceMessage } from '@runnel/dev';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isKept } from '../support/is-kept.ts';
import { pressButton } from '../support/press-button.ts';
import { startStory, type Place, type Story } from '../support/story.ts';
import { findAgents } from './find-agents.ts';
import { callTool, startScriptedModel, type ScriptedModel } from './scripted-model.ts';

const WAKEFUL = '10m';

/** What is written there no runner loses. */
let outside: string;
let model: ScriptedModel;
beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'runnel-outside-'));
  model = await startScriptedModel(({ results: [result] }, asked) =>
    result === undefined
      ? callTool('Bash', { command: `sh -c 'echo >> ${ran()}; wc -l < ${ran()}'`, description: `the ${asked}. time` })
      : { content: `It ran so often: ${result}` },
  );
});

let story: Story | undefined;
afterAll(async () => {
  await story?.[Symbol.asyncDispose]();
  await rm(outside, { recursive: true, force: true });
});

const ran = (): string => join(outside, 'ran');

async function begin(RUNNER_IDLE_TIMEOUT: string): Promise<Story> {
  await story?.[Symbol.asyncDispose]();
  await rm(ran(), { force: true });
  const { claude } = await findAgents();
  const settings = {
    AGENT_PROVIDER: 'claude',
    AGENT_POLICY: 'ask',
    CLAUDE_PROGRAM: claude,
    ANTHROPIC_API_KEY: 'key-of-the-model',
    ANTHROPIC_BASE_URL: model.url,
    RUNNER_IDLE_TIMEOUT,
  };
  return (story = await startStory({ people: 1, settings }));
}

const cardsIn = (told: Story, place: Place): WorkspaceMessage[] =>
  told.messages(place).filter(({ text }) => text.includes('May I do this?'));

test('its runner sleeps; Allow wakes the next one, the turn goes on, the command runs once and is answered once', async () => {
  const told = await begin('1s');
  const ada = told.person(0);
  const place = ada.say('run it');
  await told.told(place, /^Saved/);
  expect(cardsIn(told, place)).toMatchObject([
    { text: expect.stringMatching(/Without an answer within 24 h it counts/) },
  ]);
  const before = await told.fleet.runners.pod(ada.userKey);
  pressButton(told, ada, { in: place, action: 'allow' });
  expect(await told.answered(place)).toEqual([expect.stringMatching(/^It ran so often: 1\b/)]);
  expect((await told.fleet.runners.pod(ada.userKey))?.uid).not.toBe(before?.uid);
  await expect.poll(() => told.said(place).filter((text) => text.startsWith('Saved')).length).toBe(2);
  expect(told.answers(place)).toHaveLength(1);
  expect(cardsIn(told, place)).toMatchObject([{ text: expect.stringContaining('chose *Allow once*') }]);
});

test('its runner is killed while it asks: it asks again, once, and the old card is over', async () => {
  const told = await begin(WAKEFUL);
  const ada = told.person(0);
  const place = ada.say('run it');
  await expect.poll(() => cardsIn(told, place)).toHaveLength(1);
  const [old] = cardsIn(told, place);
  await expect.poll(() => old !== undefined && isKept(told, old)).toBe(true);
  process.kill(await told.runnerPid(ada), 'SIGKILL');
  await expect.poll(() => cardsIn(told, place)).toHaveLength(2);
  await expect.poll(() => cardsIn(told, place)[0]?.text).toContain('Not waited for any more.');
  pressButton(told, ada, { in: place, action: 'allow' });
  expect(await told.answered(place)).toEqual([expect.stringMatching(/^It ran so often: 1\b/)]);
  await expect.poll(() => cardsIn(told, place)[1]?.text).toContain('chose *Allow once*');
  expect(cardsIn(told, place)).toHaveLength(2);
  expect(told.answers(place)).toHaveLength(1);
});
