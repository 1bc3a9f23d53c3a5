// Claude Code itself, on a model that follows a script.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FixtureResponse } from '@copilotkit/aimock';
import {
  collect,
  describeAgentProvider,
  newRequest,
  saidIn,
  type Ask,
  type Decision,
  type TurnRequest,
} from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { claudeOn } from './claude-on.ts';
import { startRawModel } from './raw-model.ts';
import { callTool, runCommand, startScriptedModel, type ModelScript } from './scripted-model.ts';

const SPEECHES: Readonly<Record<string, FixtureResponse>> = {
  speak: { content: 'one, and then two', usage: { input_tokens: 1_000, output_tokens: 500 } },
  slowly: { content: `begun ${'and on '.repeat(2_000)}` },
  fail: { error: { message: 'your prompt is too long' }, status: 400 },
};

const COMMANDS: Readonly<Record<string, string>> = {
  'run it': `sh -c 'echo ran >> ran'`,
  wait: 'until [ -e go ]; do sleep 0.1; done; echo gone',
  leave: 'echo noted > note',
  look: 'cat note || echo nothing',
};

const contract: ModelScript = ({ prompt, results }) => {
  // Before the first message of a conversation stands what Claude Code itself has to say.
  const said = prompt.split('\n').at(-1) ?? '';
  const says = <T>(answers: Readonly<Record<string, T>>): T | undefined =>
    Object.entries(answers).find(([words]) => said.includes(words))?.[1];
  const speech = says(SPEECHES);
  if (speech !== undefined) return speech;
  const [result] = results;
  if (said.includes('tools') && results.length < 2) return runCommand(result === undefined ? 'echo good' : 'exit 3');
  if (result !== undefined) return { content: result };
  if (said.includes('ask')) return callTool('AskUserQuestion', { questions: [whichColour] });
  const command = says(COMMANDS);
  return command === undefined ? runCommand('while :; do sleep 1; done', 'begun') : runCommand(command);
};

const whichColour = {
  question: 'Which colour?',
  header: 'Colour',
  options: [
    { label: 'Red', description: 'like a rose' },
    { label: 'Blue', description: 'like the sky' },
  ],
  multiSelect: false,
};

const scripted = await startScriptedModel(contract);
// What the script is told leaves out what was said in the middle of a turn.
const { url, bodies } = await startRawModel(() => scripted.url);
describeAgentProvider('claude', () => ({
  provider: claudeOn(url),
  prompts: {
    speak: 'speak',
    workForLong: 'work for long',
    speakForLong: 'answer slowly',
    leaveNote: 'leave a note',
    findNote: 'look for it',
    fail: 'fail',
    useTools: 'use tools',
    runCommand: 'run it',
    askQuestion: 'ask me',
    awaitFile: 'wait for it',
  },
  toldModel: () => bodies.at(-1) ?? '',
  usage: { inputTokens: 1_000, outputTokens: 500 },
}));

test('what it does is told, a line each', async () => {
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? runCommand('echo first\necho second', 'I look.') : { content: 'Seen.' },
  );
  const events = await collect(claudeOn(model.url), await newRequest('look'));
  expect(events.filter(({ type }) => type === 'tool')).toMatchObject([{ title: 'Bash: echo first' }]);
  expect(saidIn(events)).toBe('I look.Seen.');
  expect(events.at(-1)).toMatchObject({ type: 'finished', stopReason: 'end_turn', reply: 'Seen.' });
});

test('its plan is told whole, each time it changes, and is no tool', async () => {
  const todo = (status: string) => ({ content: 'look around', status, activeForm: 'Looking around' });
  const model = await startScriptedModel(({ results }) =>
    results.length < 3
      ? callTool('TodoWrite', { todos: [todo(['pending', 'in_progress', 'completed'][results.length] ?? '')] })
      : { content: 'Done.' },
  );
  const events = await collect(claudeOn(model.url), await newRequest('plan it'));
  expect(events.slice(0, -1).filter(({ type }) => type !== 'text')).toEqual(
    ['pending', 'active', 'done'].map((state) => ({ type: 'plan', steps: [{ title: 'look around', state }] })),
  );
  const wasPlanned: unknown = expect.stringContaining('success');
  expect(model.requests.at(-1)?.results).toEqual([wasPlanned, wasPlanned, wasPlanned]);
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Done.' });
});

test('a turn costs what it took itself: its program counts the turns before in', async () => {
  const request = await newRequest('speak');
  const costs: unknown[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const ending = (await collect(claudeOn(url), request)).at(-1);
    costs.push(ending?.type === 'finished' ? ending.usage : undefined);
  }
  const costUsd: unknown = expect.closeTo(0.014);
  expect(costs).toEqual(Array.from({ length: 3 }, () => ({ inputTokens: 1_000, outputTokens: 500, costUsd })));
});

test('a word that comes while the last words are written has an answer too, in the same turn', async () => {
  const model = await startScriptedModel(({ prompt }) =>
    prompt.includes('slowly') ? { content: 'It is red, as far as I can see from here.' } : { content: 'It is blue.' },
  );
  const provider = claudeOn(model.url);
  const request = await newRequest('which colour? think slowly');
  const taken: (boolean | undefined)[] = [];
  const events = [];
  for await (const event of provider.startTurn(request, new AbortController().signal)) {
    events.push(event);
    if (taken.length === 0 && event.type === 'text') taken.push(await provider.steer?.(request.session, 'look again'));
  }
  expect(taken).toEqual([true]);
  const reply = 'It is red, as far as I can see from here.\n\nIt is blue.';
  expect(events.filter(({ type }) => type === 'finished')).toMatchObject([{ stopReason: 'end_turn', reply }]);
});

test('what may be done always is remembered by this session, and not written into the files of the person', async () => {
  const model = await startScriptedModel(({ prompt, results }) =>
    results.length > 0 ? { content: '.' } : runCommand(`echo written > ${prompt.at(-1)}`),
  );
  const asked: Ask[] = [];
  const ask = (about: Ask): Promise<Decision> => {
    asked.push(about);
    return Promise.resolve({ kind: 'allow', always: true });
  };
  const request: TurnRequest = { ...(await newRequest('write a')), policy: 'ask', ask };
  await collect(claudeOn(model.url), request);
  await collect(claudeOn(model.url), { ...request, text: 'write b' });
  const detail = 'command: echo written > a\ndescription: as asked';
  expect(asked).toMatchObject([{ kind: 'permission', title: 'Bash: echo written > a', detail }]);
  const files = await readdir(request.directory.files);
  expect(files.toSorted()).toEqual(['a', 'b']);
});

test('what is attached is read without asking', async () => {
  const asked: Ask[] = [];
  const ask = (about: Ask): Promise<Decision> => {
    asked.push(about);
    return Promise.resolve({ kind: 'deny' });
  };
  const request: TurnRequest = { ...(await newRequest('read it')), policy: 'ask', ask };
  const folder = join(request.directory.state, 'attached', '1.0');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'a.txt');
  await writeFile(path, 'what is in it');
  const model = await startScriptedModel(({ results }) =>
    results.length > 0 ? { content: results.join('') } : callTool('Read', { file_path: path }),
  );
  const files = [{ name: 'a.txt', path }];
  const events = await collect(claudeOn(model.url), { ...request, files });
  expect(events.at(-1)).toMatchObject({ reply: expect.stringContaining('what is in it') });
  expect(asked).toEqual([]);
});

test('a person who does not answer a question leaves the decision to it', async () => {
  const request: TurnRequest = { ...(await newRequest('ask me')), ask: () => Promise.resolve({ kind: 'deny' }) };
  expect((await collect(claudeOn(url), request)).at(-1)).toMatchObject({
    stopReason: 'end_turn',
    reply: expect.stringContaining('decide yourself'),
  });
});

test.runIf(process.getuid?.() === 0)('it works without asking as root too, which it refuses by itself', async () => {
  const events = await collect(claudeOn(url), await newRequest('run it'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn' });
});
