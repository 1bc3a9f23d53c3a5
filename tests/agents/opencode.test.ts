// OpenCode itself, on a model that follows a script.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FixtureResponse } from '@copilotkit/aimock';
import { collect, describeAgentProvider, newRequest, saidIn, type TurnRequest } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { opencodeOn, program, runInOpenCode as bash } from './opencode-on.ts';
import { callTool, startScriptedModel } from './scripted-model.ts';
import { ELSEWHERE, expectThroughProxy, startTellingProxy } from './telling-proxy.ts';

const colours = [
  { label: 'Red', description: 'as blood' },
  { label: 'Blue', description: 'as the sea' },
];

const speech = { content: 'one, and then two', usage: { input_tokens: 1_000, output_tokens: 200 } };
const question = callTool('question', {
  questions: [{ question: 'Which colour?', header: 'Colour', options: colours }],
});

/** By a word of the prompt: its answers, one after the other, before it says what the first tool has said. */
const contract: Readonly<Record<string, readonly FixtureResponse[]>> = {
  slowly: [{ content: `begun ${'and on '.repeat(2_000)}` }],
  speak: [speech],
  fail: [{ error: { message: 'your prompt is too long' }, status: 400 }],
  'use tools': [bash('true'), bash('false')],
  swordfish: [{ content: 'Heard.' }],
  'work for long': [bash('while :; do sleep 1; done', 'begun')],
  'run it': [bash(`sh -c 'echo ran >> ran'`)],
  await: [bash('while [ ! -e go ]; do sleep 0.1; done; echo gone')],
  'ask me': [question],
  leave: [bash('echo noted > note')],
  look: [bash('cat note || echo nothing')],
};

const { url, requests } = await startScriptedModel(({ prompt, results }) => {
  const word = Object.keys(contract).find((name) => prompt.includes(name)) ?? '';
  // Of a turn that was canceled its tool is told behind the next prompt.
  const heard = results.filter((result) => !/interrupted|aborted/.test(result));
  return contract[word]?.[heard.length] ?? { content: heard[0] ?? '' };
});
describeAgentProvider('opencode', () => ({
  provider: opencodeOn(url),
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
    awaitFile: 'await the file',
  },
  toldModel: () => requests.at(-1)?.whole ?? '',
  // Three dollars for a million of what it is told, fifteen for what it says.
  usage: { inputTokens: 1_000, outputTokens: 200, costUsd: 0.006 },
}));

test('what it does is told, a line each, and its plan', async () => {
  const todos = [
    { content: 'look', status: 'completed', priority: 'high' },
    { content: 'write', status: 'in_progress', priority: 'high' },
    { content: 'test', status: 'pending', priority: 'low' },
  ];
  const answers = [bash('echo first\necho second', 'I look.'), callTool('todowrite', { todos }), { content: 'Seen.' }];
  const model = await startScriptedModel(({ results }) => answers[results.length] ?? { content: 'What else?' });
  const events = await collect(opencodeOn(model.url), await newRequest('look, and plan it'));
  const titles = events.flatMap((event) => (event.type === 'tool' ? [event.title] : []));
  expect(titles).toEqual(['bash: echo first', expect.stringMatching(/^todowrite/)]);
  expect(saidIn(events)).toBe('I look.Seen.');
  expect(events.filter(({ type }) => type === 'plan')).toEqual([
    {
      type: 'plan',
      steps: [
        { title: 'look', state: 'done' },
        { title: 'write', state: 'active' },
        { title: 'test', state: 'pending' },
      ],
    },
  ]);
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Seen.' });
});

/** Of a request: what is attached to it. */
async function attach(request: TurnRequest): Promise<{ readonly name: string; readonly path: string }> {
  const folder = join(request.directory.state, 'attached', '1.0');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'a.txt');
  await writeFile(path, 'what is in it');
  return { name: 'a.txt', path };
}

test('`accept_edits` reads what is attached and changes files of the session, and asks before it changes others', async () => {
  const request = await newRequest('write it');
  const { files } = request.directory;
  const file = await attach(request);
  const outside = join(files, '..', 'outside');
  const write = (filePath: string) => callTool('write', { filePath, content: 'new\n' });
  const calls = [callTool('read', { filePath: file.path }), write(join(files, 'inside')), write(outside)];
  const model = await startScriptedModel(({ results }) => calls[results.length] ?? { content: results[0] ?? '' });
  const asked: string[] = [];
  const ask = ({ kind }: { readonly kind: string }) => {
    asked.push(kind);
    return Promise.resolve({ kind: 'deny' } as const);
  };
  const all = { ...request, files: [file], policy: 'accept_edits' as const, ask };
  const events = await collect(opencodeOn(model.url), all);
  expect(events.at(-1)).toMatchObject({ reply: expect.stringContaining('what is in it') });
  expect(await readFile(join(files, 'inside'), 'utf8')).toBe('new\n');
  expect(asked).toEqual(['permission']);
  await expect(readFile(outside)).rejects.toThrow('ENOENT');
});

test('what is attached is read without asking, where more is asked about too', async () => {
  const request = await newRequest('read it');
  const file = await attach(request);
  const model = await startScriptedModel(({ results }) =>
    results.length > 0 ? { content: results.join('') } : callTool('read', { filePath: file.path }),
  );
  const ask = () => Promise.reject(new Error('nobody is to be asked'));
  const events = await collect(opencodeOn(model.url), { ...request, policy: 'ask', ask, files: [file] });
  expect(events.at(-1)).toMatchObject({ reply: expect.stringContaining('what is in it') });
});

test('it reads no settings and rules of the person, and starts none of their servers', async () => {
  const model = await startScriptedModel(() => ({ content: '.' }));
  const request = await newRequest('hello');
  const { files } = request.directory;
  const settings = JSON.stringify({
    instructions: [join(files, 'rules.md')],
    mcp: { theirs: { type: 'local', command: ['touch', join(files, 'server-ran')], enabled: true } },
    model: 'anthropic/of-the-person',
  });
  const theirs = {
    'rules.md': 'pineapple',
    'AGENTS.md': 'pineapple',
    'CLAUDE.md': 'pineapple',
    '.claude/CLAUDE.md': 'pineapple',
    '.agents/skills/fruit/SKILL.md': '---\nname: fruit\ndescription: pineapple\n---\npineapple',
    'opencode.json': settings,
    '.opencode/opencode.json': settings,
    '.config/opencode/opencode.json': settings,
    '.config/opencode/AGENTS.md': 'pineapple',
  };
  for (const [name, text] of Object.entries(theirs)) {
    await mkdir(join(files, name, '..'), { recursive: true });
    await writeFile(join(files, name), text);
  }
  expect((await collect(opencodeOn(model.url), request)).at(-1)).toMatchObject({ stopReason: 'end_turn', reply: '.' });
  expect(model.requests.map(({ whole }) => whole).join('')).not.toContain('pineapple');
  expect((await readdir(files)).filter((name) => name.endsWith('-ran'))).toEqual([]);
});

test.each(['.opencode/plugin/theirs.js', 'opencode.json'])(
  'it runs what %s of the repository names, so it is not started where it has to ask',
  async (name) => {
    const model = await startScriptedModel(() => ({ content: '.' }));
    const request: TurnRequest = { ...(await newRequest('hello')), policy: 'accept_edits' };
    const file = join(request.directory.files, name);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, '{}');
    const refused = { stopReason: 'failed', reply: expect.stringContaining(name.split('/')[0] ?? '') };
    expect((await collect(opencodeOn(model.url), request)).at(-1)).toMatchObject(refused);
    expect(model.requests).toEqual([]);
  },
);

test('it tells nobody but its model, fetches nothing and leaves nothing: no telemetry, no update, no list of models, no search program', async () => {
  const proxy = await startTellingProxy();
  const request = await newRequest('find the needle');
  const folder = join(request.directory.files, '..');
  await mkdir(request.directory.files);
  await writeFile(join(request.directory.files, 'hay'), 'a needle\n');
  const proxied = join(folder, 'opencode');
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  await writeFile(proxied, `#!/bin/sh\nTMPDIR=${temporary} ${proxy.variables} exec ${program} "$@"\n`, { mode: 0o755 });
  await cp(join(program, '..', 'rg'), join(folder, 'rg'));
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? callTool('grep', { pattern: 'needle' }) : { content: `Found ${results[0]}` },
  );
  expect((await collect(opencodeOn(model.url, proxied), request)).at(-1)).toMatchObject({
    reply: expect.stringContaining('a needle'),
  });
  expect(proxy.reached).toEqual([]);
  const left = await readdir(temporary, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => !entry.isDirectory())).toEqual([]);
  await expectThroughProxy(proxy, opencodeOn(ELSEWHERE, proxied), request);
});

test('a permission that nobody gave before the turn was canceled is not asked for again', async () => {
  const model = await startScriptedModel(({ prompt }) =>
    prompt.includes('work') ? bash('touch done') : { content: 'Nothing to ask.' },
  );
  const cancel = new AbortController();
  let asked = 0;
  const ask = (): Promise<never> => {
    asked += 1;
    cancel.abort();
    return new Promise(() => undefined);
  };
  const request = { ...(await newRequest('work')), policy: 'ask' as const, ask };
  await collect(opencodeOn(model.url), request, cancel.signal);
  const events = await collect(opencodeOn(model.url), { ...request, text: 'hello' });
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Nothing to ask.' });
  expect(asked).toBe(1);
  expect(await readdir(request.directory.files)).toEqual([]);
});

test('a conversation that was saved in the middle of a turn goes on from before that turn', async () => {
  const model = await startScriptedModel(({ prompt }) =>
    prompt.includes('work') ? bash('sleep 600', 'begun') : { content: 'Noted.' },
  );
  const request = await newRequest('my colour is teal');
  const { state } = request.directory;
  await collect(opencodeOn(model.url), request);
  const cancel = new AbortController();
  const saved = `${state}-saved`;
  for await (const event of opencodeOn(model.url).startTurn({ ...request, text: 'work' }, cancel.signal)) {
    if (event.type !== 'tool') continue;
    await cp(state, saved, { recursive: true });
    cancel.abort();
  }
  // Whoever copies it while it is written may find anything in it.
  await writeFile(join(saved, 'opencode/conversation.db'), 'half of a page');
  await rm(state, { recursive: true });
  await cp(saved, state, { recursive: true });
  expect((await collect(opencodeOn(model.url), { ...request, text: 'my colour?' })).at(-1)).toMatchObject({
    reply: 'Noted.',
  });
  expect(model.requests.at(-1)?.whole).toContain('my colour is teal');
  expect(await readdir(join(state, 'opencode'))).not.toContain('turn');
});

test('the conversation goes on when its files have become a repository', async () => {
  const model = await startScriptedModel(() => ({ content: 'Noted.' }));
  const request = await newRequest('my colour is teal');
  await collect(opencodeOn(model.url), request);
  const script = 'git init -q && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first';
  await promisify(execFile)('sh', ['-c', script], { cwd: request.directory.files });
  await collect(opencodeOn(model.url), { ...request, text: 'my colour?' });
  expect(model.requests.at(-1)?.whole).toContain('my colour is teal');
});
