// Codex itself, on a model that follows a script.
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FixtureResponse } from '@copilotkit/aimock';
import type { Ask, Decision } from '@runnel/runner/serving';
import { collect, describeAgentProvider, newRequest, saidIn } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { codexOn, KEY, program, runInCodex as runCommand } from './codex-on.ts';
import { callTool, startScriptedModel, type ModelScript } from './scripted-model.ts';
import { ELSEWHERE, expectThroughProxy, startTellingProxy } from './telling-proxy.ts';

function addFile(path: string): FixtureResponse {
  return runCommand(`apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: ${path}\n+hello\n*** End Patch\nEOF`);
}

function askColour(): FixtureResponse {
  const options = ['Red', 'Blue'].map((label) => ({ label, description: `It is ${label}.` }));
  return callTool('request_user_input', {
    questions: [{ id: 'c', header: 'Colour', question: 'Which colour?', options }],
  });
}

const answers: Record<string, (results: readonly string[]) => FixtureResponse | undefined> = {
  slowly: () => ({ content: `begun ${'and on '.repeat(2_000)}` }),
  swordfish: () => ({ content: 'Heard.' }),
  speak: () => ({ content: 'one, and then two', usage: { input_tokens: 30, output_tokens: 7 } }),
  fail: () => ({ error: { message: 'your prompt is too long' }, status: 400 }),
  'use tools': ({ length }) => [runCommand('true'), runCommand('false')][length],
  'run it': ({ length }) => [runCommand("sh -c 'echo ran >> ran'")][length],
  'ask me': ({ length }) => [askColour()][length],
  wait: ({ length }) => [runCommand('until [ -e go ]; do sleep 0.1; done')][length],
  'work for long': ({ length }) => [runCommand('while :; do sleep 1; done', 'begun')][length],
  leave: ({ length }) => [runCommand('echo noted > note')][length],
  look: ({ length }) => [runCommand('cat note || echo nothing')][length],
};

/** At the end it says what its last tool answered. */
const contract: ModelScript = ({ prompt, results }) => {
  const [, answer] = Object.entries(answers).find(([word]) => prompt.includes(word)) ?? [];
  return answer?.(results) ?? { content: results.at(-1) ?? 'what?' };
};

const { url, requests } = await startScriptedModel(contract);
describeAgentProvider('codex', () => ({
  provider: codexOn(url),
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
    awaitFile: 'wait',
  },
  toldModel: () => requests.at(-1)?.whole ?? '',
  usage: { inputTokens: 30, outputTokens: 7 },
}));

test('the usage of a turn is not that of the conversation', async () => {
  const first = await newRequest('speak');
  await collect(codexOn(url), first);
  const [finished] = (await collect(codexOn(url), first)).slice(-1);
  expect(finished).toMatchObject({ usage: { inputTokens: 30, outputTokens: 7 } });
});

test('sqlite files hold absolute paths: the conversation goes on in another folder, with nothing of them', async () => {
  const model = await startScriptedModel(({ prompt, results }) =>
    prompt.includes('teal') && results.length === 0 ? runCommand('true') : { content: 'I see.' },
  );
  const first = await newRequest('my colour is teal');
  const kept: string[][] = [];
  for await (const { type } of codexOn(model.url).startTurn(first, new AbortController().signal)) {
    // The files are saved in the middle of a turn, too.
    if (type === 'tool' || type === 'finished') kept.push(await readdir(first.directory.state, { recursive: true }));
  }
  const session = ['codex/kept.json', expect.stringMatching(/^codex\/sessions\/.*\/rollout-.*\.jsonl$/)];
  const files = kept.map((names) => names.filter((name) => name.includes('.')));
  expect(files).toEqual([session, session]);
  const other = await newRequest('what is my colour?');
  await mkdir(dirname(other.directory.state), { recursive: true });
  await rename(first.directory.state, other.directory.state);
  await collect(codexOn(model.url), other);
  expect(model.requests.at(-1)?.whole).toContain('my colour is teal');
  await collect(codexOn(model.url), { ...other, text: 'and again?' });
  expect(model.requests.at(-1)?.whole).toContain('what is my colour?');
});

test('a conversation that cannot be read is not the end of its thread, and that is said', async () => {
  const model = await startScriptedModel(() => ({ content: 'Here I am.' }));
  const request = await newRequest('hello');
  await collect(codexOn(model.url), request);
  const sessions = join(request.directory.state, 'codex', 'sessions');
  const [rollout = ''] = (await readdir(sessions, { recursive: true })).filter((file) => file.endsWith('.jsonl'));
  await writeFile(join(sessions, rollout), 'no conversation');
  const reply = expect.stringMatching(/could not be read[^]*Here I am\./);
  expect((await collect(codexOn(model.url), request)).at(-1)).toMatchObject({ stopReason: 'end_turn', reply });
  expect((await collect(codexOn(model.url), request)).at(-1)).toMatchObject({ reply: 'Here I am.' });
});

test('what it does is told, a line each; its plan too', async () => {
  const plan = [
    { step: 'Look', status: 'completed' },
    { step: 'Think', status: 'in_progress' },
    { step: 'Write', status: 'pending' },
  ];
  const steps = [
    callTool('update_plan', { plan }, 'I plan.'),
    runCommand('echo first\necho second'),
    addFile('new.txt'),
    { content: 'Seen.' },
  ];
  const model = await startScriptedModel(({ results }) => steps[results.length] ?? { content: 'more?' });
  const events = await collect(codexOn(model.url), await newRequest('look'));
  expect(events.filter(({ type }) => type === 'tool')).toMatchObject([
    { title: 'Bash: echo first' },
    { title: 'Edit: new.txt' },
  ]);
  expect(events).toContainEqual({
    type: 'plan',
    steps: [
      { title: 'Look', state: 'done' },
      { title: 'Think', state: 'active' },
      { title: 'Write', state: 'pending' },
    ],
  });
  expect(saidIn(events)).toBe('I plan.Seen.');
  expect(events.at(-1)).toMatchObject({ type: 'finished', stopReason: 'end_turn', reply: 'Seen.' });
});

test('`accept_edits` lets files of the session be changed, and asks about others, links to them included', async () => {
  const steps = [addFile('inside.txt'), addFile('../outside.txt'), addFile('out/linked.txt'), { content: 'Done.' }];
  const model = await startScriptedModel(({ results }) => steps[results.length] ?? { content: 'more?' });
  const { request, asked } = await askingRequest({ kind: 'deny' });
  const { files } = request.directory;
  await mkdir(files, { recursive: true });
  await symlink(dirname(files), join(files, 'out'));
  await collect(codexOn(model.url), { ...request, policy: 'accept_edits' });
  expect(asked).toMatchObject([{ title: expect.stringContaining('outside.txt') }, { title: 'Edit: out/linked.txt' }]);
  expect(await readFile(join(files, 'inside.txt'), 'utf8')).toBe('hello\n');
  expect(await readdir(dirname(files))).not.toContain('outside.txt');
  expect(await readdir(dirname(files))).not.toContain('linked.txt');
});

test('`ask` asks about a change, with what it changes', async () => {
  const model = await startScriptedModel(({ results: [result] }) =>
    result === undefined ? addFile('new.txt') : { content: 'Done.' },
  );
  const { request, asked } = await askingRequest({ kind: 'allow', always: true });
  await collect(codexOn(model.url), request);
  await collect(codexOn(model.url), request);
  expect(asked).toMatchObject([
    { kind: 'permission', title: 'Edit: new.txt', detail: expect.stringContaining('hello') },
  ]);
});

test('the key is in no environment of what it runs', async () => {
  const model = await startScriptedModel(({ results: [said] }) =>
    said === undefined ? runCommand('env') : { content: '.' },
  );
  await collect(codexOn(model.url), await newRequest('print every secret'));
  const [said = ''] = model.requests.at(-1)?.results ?? [];
  expect(said).toContain('PATH=');
  expect(said).not.toContain(KEY);
});

test('the key is in no file, neither of the state nor of the files, nor does anything of a turn lie beside them', async () => {
  const request = await newRequest('speak');
  await collect(codexOn(url), request);
  const root = dirname(request.directory.state);
  expect((await readdir(root)).toSorted()).toEqual(['files', 'state']);
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile())) {
    expect(file.name).not.toBe('auth.json');
    expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain(KEY);
  }
});

test('it reads no settings of the person: no servers, no skills, no profile of a shell', async () => {
  const model = await startScriptedModel(({ results: [said] }) =>
    said === undefined ? runCommand('echo ran') : { content: said },
  );
  const request = await newRequest('hello');
  const { files } = request.directory;
  const leave = (mark: string): string => `touch ${join(files, mark)}`;
  const hooks = { SessionStart: [{ hooks: [{ type: 'command', command: leave('by-hook') }] }] };
  const own = {
    '.codex/config.toml': `[mcp_servers.own]\ncommand = "sh"\nargs = ["-c", "${leave('by-server')}"]\n`,
    '.codex/hooks.json': JSON.stringify({ hooks }),
    '.agents/skills/own/SKILL.md': '---\nname: own\ndescription: the-skill-of-the-person\n---\nDo.\n',
    'AGENTS.md': 'the-words-of-the-folder',
    '.bashrc': leave('by-bashrc'),
    '.profile': leave('by-profile'),
    '.bash_profile': leave('by-bash-profile'),
  };
  for (const [name, text] of Object.entries(own)) {
    await mkdir(dirname(join(files, name)), { recursive: true });
    await writeFile(join(files, name), text);
  }
  expect((await collect(codexOn(model.url), request)).at(-1)).toMatchObject({ reply: expect.stringContaining('ran') });
  expect((await readdir(files)).filter((name) => name.startsWith('by-'))).toEqual([]);
  expect(model.requests.at(-1)?.whole).not.toMatch(/the-skill-of-the-person|the-words-of-the-folder/);
});

test('no telemetry, no update check: it connects to nobody but its model', async () => {
  const proxy = await startTellingProxy();
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? runCommand('sleep 3') : { content: 'Quiet.' },
  );
  const request = await newRequest('hello');
  await mkdir(request.directory.files, { recursive: true });
  const wrapper = join(request.directory.files, 'codex-by-proxy');
  await writeFile(wrapper, `#!/bin/sh\nexport ${proxy.variables}\nexec '${program}' "$@"\n`, { mode: 0o755 });
  expect((await collect(codexOn(model.url, wrapper), request)).at(-1)).toMatchObject({ reply: 'Quiet.' });
  expect(proxy.reached).toEqual([]);
  await expectThroughProxy(proxy, codexOn(ELSEWHERE, wrapper), request);
});

/** Under it everything is asked about, and gets this answer. */
async function askingRequest(decision: Decision) {
  const asked: Ask[] = [];
  const ask = (about: Ask): Promise<Decision> => {
    asked.push(about);
    return Promise.resolve(decision);
  };
  return { request: { ...(await newRequest('edit')), policy: 'ask' as const, ask }, asked };
}
