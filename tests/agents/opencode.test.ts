// OpenCode itself, on a model that follows a script.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FixtureResponse } from '@copilotkit/aimock';
import { opencodeProvider } from '@runnel/runner/serving';
import { collect, describeAgentProvider, newRequest, saidIn, type TurnRequest } from '@runnel/runner/testing';
import { findMarked } from '@runnel/shared/process';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import { findAgents } from './find-agents.ts';
import { callTool, runCommand, startScriptedModel, type ScriptedModel } from './scripted-model.ts';

const { opencode: program } = await findAgents();
const POD = `pod-of-opencode-${process.pid}`;

function providerOn({ url }: Pick<ScriptedModel, 'url'>, path = program, name = 'anthropic/claude-sonnet-4-5') {
  const model = { name, key: 'key-of-the-model', apiUrl: `${url}/v1` };
  return opencodeProvider({ program: path, path: '/usr/bin:/bin', podUid: POD, model });
}

const bash = (command: string, content = '') => runCommand(command, content, 'bash');

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
  const heard = results.filter((result) => !result.includes('execution was interrupted'));
  return contract[word]?.[heard.length] ?? { content: heard[0] ?? '' };
});
describeAgentProvider('opencode', () => ({
  provider: providerOn({ url }),
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

test('what it does is told, a line each', async () => {
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? bash('echo first\necho second', 'I look.') : { content: 'Seen.' },
  );
  const events = await collect(providerOn(model), await newRequest('look'));
  expect(events.filter(({ type }) => type === 'tool')).toMatchObject([{ title: 'bash: echo first' }]);
  expect(saidIn(events)).toBe('I look.Seen.');
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Seen.' });
});

test('its plan is told', async () => {
  const todos = [
    { content: 'look', status: 'completed', priority: 'high' },
    { content: 'write', status: 'in_progress', priority: 'high' },
    { content: 'test', status: 'pending', priority: 'low' },
  ];
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? callTool('todowrite', { todos }) : { content: 'Planned.' },
  );
  const events = await collect(providerOn(model), await newRequest('plan it'));
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
});

test('`accept_edits` changes files of the session, and asks before it changes others', async () => {
  const request = await newRequest('write it');
  const { files } = request.directory;
  const outside = join(files, '..', 'outside');
  const model = await startScriptedModel(({ results: { length } }) => {
    if (length === 2) return { content: 'Written.' };
    return callTool('write', { filePath: length === 0 ? join(files, 'inside') : outside, content: 'new\n' });
  });
  const asked: string[] = [];
  const ask = ({ kind }: { readonly kind: string }) => {
    asked.push(kind);
    return Promise.resolve({ kind: 'deny' } as const);
  };
  await collect(providerOn(model), { ...request, policy: 'accept_edits', ask });
  expect(await readFile(join(files, 'inside'), 'utf8')).toBe('new\n');
  expect(asked).toEqual(['permission']);
  await expect(readFile(outside)).rejects.toThrow('ENOENT');
});

test('a canceled turn leaves no process, not even one with a session of its own that ignores SIGTERM', async () => {
  const model = await startScriptedModel(() =>
    bash(`(trap '' TERM; setsid sh -c "trap '' TERM; sleep 600" & sleep 600)`),
  );
  const cancel = new AbortController();
  const turn = collect(providerOn(model), await newRequest('start something'), cancel.signal);
  await expect.poll(async () => (await findMarked('RUNNEL_POD', POD)).length).toBeGreaterThan(3);
  cancel.abort();
  expect((await turn).at(-1)).toMatchObject({ stopReason: 'canceled' });
  expect(await findMarked('RUNNEL_POD', POD)).toEqual([]);
});

test('what it left in the background ends with its turn', async () => {
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? bash('(setsid sleep 600 > /dev/null 2>&1 &); echo left') : { content: 'Done.' },
  );
  expect((await collect(providerOn(model), await newRequest('leave it'))).at(-1)).toMatchObject({ reply: 'Done.' });
  expect(await findMarked('RUNNEL_POD', POD)).toEqual([]);
});

test('killed in the middle of a turn it is a failed turn, and the next one goes on', async () => {
  const model = await startScriptedModel(({ prompt }) =>
    prompt.includes('work') ? bash('sleep 600', 'begun') : { content: 'I am here.' },
  );
  const request = await newRequest('work');
  const groups: number[] = [];
  const onProcessGroup = (id: number): Disposable => (groups.push(id), request.onProcessGroup(id));
  const turn = collect(providerOn(model), { ...request, onProcessGroup });
  await expect.poll(async () => (await findMarked('RUNNEL_POD', POD)).length).toBeGreaterThan(1);
  expect(groups).toHaveLength(1);
  for (const group of groups) process.kill(-group, 'SIGKILL');
  expect((await turn).at(-1)).toMatchObject({
    stopReason: 'failed',
    reply: expect.stringMatching(/OpenCode could not/),
  });
  expect(await findMarked('RUNNEL_POD', POD)).toEqual([]);
  expect((await collect(providerOn(model), { ...request, text: 'and now?' })).at(-1)).toMatchObject({
    reply: 'I am here.',
  });
});

test('nothing of the environment of the runner reaches it', async () => {
  vi.stubEnv('SLACK_BOT_TOKEN', 'xoxb-secret-of-the-runner');
  onTestFinished(() => void vi.unstubAllEnvs());
  const model = await startScriptedModel(({ results }) => (results.length === 0 ? bash('env') : { content: '.' }));
  await collect(providerOn(model), await newRequest('print every secret'));
  const [said = ''] = model.requests.at(-1)?.results ?? [];
  expect(said).toContain('RUNNEL_POD=');
  expect(said).not.toContain('secret-of-the-runner');
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
  expect((await collect(providerOn(model), request)).at(-1)).toMatchObject({ stopReason: 'end_turn', reply: '.' });
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
    expect((await collect(providerOn(model), request)).at(-1)).toMatchObject(refused);
    expect(model.requests).toEqual([]);
  },
);

test('it tells nobody but its model, and fetches nothing: no telemetry, no update, no list of models, no search program', async () => {
  const reached: string[] = [];
  const proxy = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.writeHead(502).end();
  });
  proxy.on('connect', ({ url: to }, socket) => {
    reached.push(to ?? '');
    socket.destroy();
  });
  const address = await listen(proxy);
  const request = await newRequest('find the needle');
  const folder = join(request.directory.files, '..');
  await mkdir(request.directory.files);
  await writeFile(join(request.directory.files, 'hay'), 'a needle\n');
  const proxied = join(folder, 'opencode');
  const variables = `HTTPS_PROXY=${address} HTTP_PROXY=${address} NO_PROXY=127.0.0.1`;
  await writeFile(proxied, `#!/bin/sh\n${variables} exec ${program} "$@"\n`, { mode: 0o755 });
  await cp(join(program, '..', 'rg'), join(folder, 'rg'));
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? callTool('grep', { pattern: 'needle' }) : { content: `Found ${results[0]}` },
  );
  expect((await collect(providerOn(model, proxied), request)).at(-1)).toMatchObject({
    reply: expect.stringContaining('a needle'),
  });
  expect(reached).toEqual([]);
});

test.each([
  ['nothing', 'text/event-stream', ''],
  ['a page of HTML', 'text/html', '<!doctype html><p>Welcome to the proxy'],
])('a model that answers with %s fails the turn: OpenCode itself would ask for ever', async (_, type, body) => {
  let asked = 0;
  const page = createServer((request, response) => {
    asked += 1;
    request.resume().on('end', () => response.writeHead(200, { 'content-type': type }).end(body));
  });
  const events = await collect(providerOn({ url: await listen(page) }), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('ANTHROPIC_BASE_URL') });
  expect(asked).toBeLessThan(20);
});

test('a canceled turn, which OpenCode ends twice, ends once, and the next one is whole', async () => {
  const model = await startScriptedModel(({ prompt }) =>
    prompt.includes('slowly') ? { content: `begun ${'and on '.repeat(500)}` } : { content: 'All of it.' },
  );
  const provider = providerOn(model);
  const request = await newRequest('answer slowly');
  const cancel = new AbortController();
  const ends: string[] = [];
  for await (const event of provider.startTurn(request, cancel.signal)) {
    if (event.type === 'text') cancel.abort();
    if (event.type === 'finished') ends.push(event.stopReason);
  }
  expect(ends).toEqual(['canceled']);
  expect((await collect(provider, { ...request, text: 'again' })).at(-1)).toMatchObject({
    stopReason: 'end_turn',
    reply: 'All of it.',
  });
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
  await collect(providerOn(model), request, cancel.signal);
  const events = await collect(providerOn(model), { ...request, text: 'hello' });
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
  await collect(providerOn(model), request);
  const cancel = new AbortController();
  const saved = `${state}-saved`;
  for await (const event of providerOn(model).startTurn({ ...request, text: 'work' }, cancel.signal)) {
    if (event.type !== 'tool') continue;
    await cp(state, saved, { recursive: true });
    cancel.abort();
  }
  // Whoever copies it while it is written may find anything in it.
  await writeFile(join(saved, 'opencode/conversation.db'), 'half of a page');
  await rm(state, { recursive: true });
  await cp(saved, state, { recursive: true });
  expect((await collect(providerOn(model), { ...request, text: 'my colour?' })).at(-1)).toMatchObject({
    reply: 'Noted.',
  });
  expect(model.requests.at(-1)?.whole).toContain('my colour is teal');
  expect(await readdir(join(state, 'opencode'))).not.toContain('turn');
});

test('the conversation goes on when its files have become a repository', async () => {
  const model = await startScriptedModel(() => ({ content: 'Noted.' }));
  const request = await newRequest('my colour is teal');
  await collect(providerOn(model), request);
  const script = 'git init -q && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m first';
  await promisify(execFile)('sh', ['-c', script], { cwd: request.directory.files });
  await collect(providerOn(model), { ...request, text: 'my colour?' });
  expect(model.requests.at(-1)?.whole).toContain('my colour is teal');
});

test('a key that is refused is said in a sentence', async () => {
  const model = await startScriptedModel(() => ({ error: { message: 'invalid x-api-key' }, status: 401 }));
  const events = await collect(providerOn(model), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('ANTHROPIC_API_KEY') });
  expect(model.requests).toHaveLength(1);
});

test.each([429, 500, 529])('a model that answers %i once is asked again, and that is told', async (status) => {
  const model = await startScriptedModel((_, asked) =>
    asked === 1 ? { error: { message: 'not now' }, status } : { content: 'Here I am.' },
  );
  const events = await collect(providerOn(model), await newRequest('hello'));
  expect(events).toContainEqual({
    type: 'retrying',
    attempt: 1,
    waitMs: expect.any(Number),
    reason: expect.stringMatching(/\S/),
  });
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Here I am.' });
});

test('a model that goes on failing fails the turn', async () => {
  const model = await startScriptedModel(() => ({ error: { message: 'never' }, status: 429, retryAfter: 1 }));
  const events = await collect(providerOn(model), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringMatching(/OpenCode could not/) });
});

test('an answer that breaks off is asked for again, and counts once', async () => {
  const model = await startScriptedModel(() => ({ content: 'This answer is long enough to be cut in two.' }));
  const events = await collect(providerOn(model), await newRequest('hello, it breaks off'));
  expect(model.requests).toHaveLength(2);
  expect(events.at(-1)).toMatchObject({
    stopReason: 'end_turn',
    reply: 'This answer is long enough to be cut in two.',
  });
});

test.each(['/nowhere/opencode', 'no-such-opencode'])(
  'a program that is missing is said in a sentence: %s',
  async (missing) => {
    const events = await collect(providerOn({ url: 'http://127.0.0.1:1' }, missing), await newRequest('hello'));
    expect(events).toEqual([
      {
        type: 'finished',
        stopReason: 'failed',
        reply: expect.stringMatching(new RegExp(`${missing}.*OPENCODE_PROGRAM`)),
      },
    ]);
  },
);

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  afterAll(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server listens on no port.');
  return `http://127.0.0.1:${address.port}`;
}
