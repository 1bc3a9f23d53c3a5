// Which programs of agents are run, and what is said where one is too old.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, newRequest } from '@runnel/runner/testing';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { claudeOn, program as claude } from './claude-on.ts';
import { codexOn, program as codex } from './codex-on.ts';
import { opencodeOn, program as opencode } from './opencode-on.ts';
import { startScriptedModel } from './scripted-model.ts';

const NOBODY = 'http://127.0.0.1:1';

async function programThat(lines: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-program-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'agent');
  await writeFile(path, lines);
  await chmod(path, 0o755);
  return path;
}

test.each([
  ['claude', claude],
  ['codex', codex],
  ['opencode', opencode],
])(
  'what is installed of %s is of the very version that is asked for: npm would take an older one for an older Node',
  async (name, program) => {
    const { optionalDependencies } = JSON.parse(
      await readFile(new URL('../../agents/package.json', import.meta.url), 'utf8'),
    ) as { optionalDependencies: Record<string, string> };
    const asked = Object.entries(optionalDependencies).flatMap(([key, value]) => (key.includes(name) ? [value] : []));
    const { stdout } = await execa(program, ['--version']);
    const version = /\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'none';
    expect(asked.length).toBeGreaterThan(0);
    for (const one of asked) expect(/\d+\.\d+\.\d+/.exec(one)?.[0]).toBe(version);
  },
);

test('a Claude Code that is too old is refused, with the version that is wanted', async () => {
  const model = await startScriptedModel(() => ({ content: 'Here I am.' }));
  const older = 's/"claude_code_version":"[^"]*"/"claude_code_version":"2.1.99"/';
  const path = await programThat(`#!/bin/sh\n${claude} "$@" | sed -u '${older}'\n`);
  const events = await collect(claudeOn(model.url, path), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({
    stopReason: 'failed',
    reply: expect.stringMatching(/is 2\.1\.99; 2\.1\.\d{3} or newer is needed.*CLAUDE_PROGRAM/),
  });
});

test('so is one that does not even know what it is asked', async () => {
  const path = await programThat(`#!/bin/sh\necho "error: unknown option '--permission-prompt-tool'" >&2\nexit 1\n`);
  const events = await collect(claudeOn(NOBODY, path), await newRequest('hello'));
  expect(events).toEqual([
    { type: 'finished', stopReason: 'failed', reply: expect.stringMatching(/2\.1\.\d{3} or newer is needed/) },
  ]);
});

test('so is a Codex that is too old', async () => {
  const path = await programThat(`#!/bin/sh\n${codex} "$@" | sed -u 's,runnel/[0-9.]*,runnel/0.99.3,'\n`);
  const events = await collect(codexOn(NOBODY, path), await newRequest('hello'));
  const reply = expect.stringMatching(/is 0\.99\.3; 0\.\d{3}\.\d+ or newer is needed.*CODEX_PROGRAM/);
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply }]);
});

test('so is an OpenCode that is too old', async () => {
  const server = `#!${process.execPath}
const { createServer } = require('node:http');
const server = createServer((_, response) => {
  response.setHeader('content-type', 'application/json').end('{"healthy":true,"version":"1.2.3"}');
});
server.listen(0, '127.0.0.1', () => {
  console.log('opencode server listening on http://127.0.0.1:' + server.address().port);
});
`;
  const events = await collect(opencodeOn(NOBODY, await programThat(server)), await newRequest('hello'));
  const reply = expect.stringMatching(/is 1\.2\.3; 1\.18\.\d+ or newer is needed.*OPENCODE_PROGRAM/);
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply }]);
});
