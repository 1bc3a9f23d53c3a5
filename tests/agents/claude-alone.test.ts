// Claude Code by itself: whom it tells of its work, and what it takes from where it works.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { collect, newRequest } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { claudeOn, program } from './claude-on.ts';
import { runCommand, startScriptedModel } from './scripted-model.ts';
import { ELSEWHERE, expectThroughProxy, startTellingProxy } from './telling-proxy.ts';

test('it reads no settings and rules of the folder it works in, runs no hook and starts no server of it', async () => {
  const model = await startScriptedModel(() => ({ content: '.' }));
  const request = await newRequest('hello');
  const { files } = request.directory;
  const touch = (name: string) => `touch ${join(files, `${name}-ran`)}`;
  const hooks = Object.fromEntries(
    ['SessionStart', 'UserPromptSubmit', 'Stop'].map((event) => [
      event,
      [{ hooks: [{ type: 'command', command: touch(event) }] }],
    ]),
  );
  const settings = JSON.stringify({ hooks, outputStyle: 'pineapple', enableAllProjectMcpServers: true });
  const skill = '---\nname: fruit\ndescription: pineapple\n---\npineapple';
  const theirs = {
    'AGENTS.md': 'pineapple',
    'CLAUDE.md': 'pineapple',
    'CLAUDE.local.md': 'pineapple',
    '.claude/CLAUDE.md': 'pineapple',
    '.claude/settings.json': settings,
    '.claude/settings.local.json': settings,
    '.claude/skills/fruit/SKILL.md': skill,
    '.claude/agents/fruit.md': skill,
    '.claude/commands/fruit.md': skill,
    '.mcp.json': JSON.stringify({ mcpServers: { theirs: { command: 'sh', args: ['-c', touch('server')] } } }),
  };
  for (const [name, text] of Object.entries(theirs)) {
    await mkdir(dirname(join(files, name)), { recursive: true });
    await writeFile(join(files, name), text);
  }
  expect((await collect(claudeOn(model.url), request)).at(-1)).toMatchObject({ stopReason: 'end_turn', reply: '.' });
  expect(model.requests.map(({ whole }) => whole).join('')).not.toContain('pineapple');
  expect((await readdir(files)).filter((name) => name.endsWith('-ran'))).toEqual([]);
});

test('it tells nobody but its model: no telemetry, no update check', async () => {
  const proxy = await startTellingProxy();
  const model = await startScriptedModel(({ results }) =>
    results.length === 0 ? runCommand('sleep 3') : { content: 'Quiet.' },
  );
  const request = await newRequest('hello');
  await mkdir(request.directory.files, { recursive: true });
  const proxied = join(request.directory.files, 'claude-by-proxy');
  await writeFile(proxied, `#!/bin/sh\nexport ${proxy.variables}\nexec '${program}' "$@"\n`, { mode: 0o755 });
  expect((await collect(claudeOn(model.url, proxied), request)).at(-1)).toMatchObject({ reply: 'Quiet.' });
  expect(proxy.reached).toEqual([]);
  await expectThroughProxy(proxy, claudeOn(ELSEWHERE, proxied), request);
});
