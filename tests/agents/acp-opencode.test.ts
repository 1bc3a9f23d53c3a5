// `opencode acp`, on a model that follows a script. Each turn starts a program of half a gigabyte: what the other agent shows is left to it.
import { readdir } from 'node:fs/promises';
import { collect, describeAgentProvider, newRequest } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { acpScript, opencodeAcp } from './acp-on.ts';
import { callTool, runCommand, startScriptedModel } from './scripted-model.ts';

const run = (command: string, content = '') => runCommand(command, content, 'bash');
const opencodeOn = await opencodeAcp();

const usage = { inputTokens: 1_000, outputTokens: 200 };
const { url, requests } = await startScriptedModel(acpScript(run));
describeAgentProvider('acp', () => ({
  provider: opencodeOn(url),
  prompts: {
    speak: 'speak',
    workForLong: 'work for long',
    leaveNote: 'leave a note',
    findNote: 'look for it',
    useTools: 'use tools',
  },
  usage,
}));

test('the next turn of a session goes on, and counts by itself', async () => {
  const request = await newRequest('speak: my colour is teal');
  await collect(opencodeOn(url), request);
  const reply = 'one, and then two';
  const events = await collect(opencodeOn(url), { ...request, text: 'speak' });
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply, usage });
  expect(requests.at(-1)?.whole).toContain('my colour is teal');
});

test('`accept_edits` changes a file of the session, and asks before it runs a command', async () => {
  const request = await newRequest('write it');
  const { files } = request.directory;
  const model = await startScriptedModel(({ results: { length } }) => {
    if (length === 0) return callTool('write', { filePath: `${files}/new`, content: 'new\n' });
    return length === 1 ? run('touch ran') : { content: 'Written.' };
  });
  const asked: unknown[] = [];
  const ask = (about: unknown) => {
    asked.push(about);
    return Promise.resolve({ kind: 'deny' } as const);
  };
  await collect(opencodeOn(model.url), { ...request, policy: 'accept_edits', ask });
  expect(asked).toMatchObject([{ kind: 'permission', title: 'execute: touch ran', detail: 'command: touch ran' }]);
  expect(await readdir(files)).toEqual(['new']);
});

test('a key that is refused is told, and where it stands', async () => {
  const model = await startScriptedModel(() => ({ error: { message: 'invalid key' }, status: 401 }));
  const events = await collect(opencodeOn(model.url), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('ACP_ENVIRONMENT') });
});
