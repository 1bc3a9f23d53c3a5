// Which program of Claude Code is run, and what is said where it is the wrong one.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collect, newRequest } from '@runnel/runner/testing';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { claudeOn, program } from './claude-on.ts';
import { startScriptedModel } from './scripted-model.ts';

async function scriptCalled(name: string, lines: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-program-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${lines}\n`);
  await chmod(path, 0o755);
  return path;
}

test('what is installed is of the very version that is asked for: npm would take an older one for an older Node', async () => {
  const { optionalDependencies } = JSON.parse(
    await readFile(new URL('../../agents/package.json', import.meta.url), 'utf8'),
  ) as { optionalDependencies: Record<string, string> };
  const { stdout } = await execa(program, ['--version']);
  const [version = ''] = stdout.split(' ');
  expect(new Set(Object.values(optionalDependencies))).toContain(version);
});

test('one that is too old is refused, with the version that is wanted', async () => {
  const model = await startScriptedModel(() => ({ content: 'Here I am.' }));
  const older = 's/"claude_code_version":"[^"]*"/"claude_code_version":"2.1.99"/';
  const path = await scriptCalled('claude', `${program} "$@" | sed -u '${older}'`);
  const events = await collect(claudeOn(model.url, path), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({
    stopReason: 'failed',
    reply: expect.stringMatching(/is 2\.1\.99; 2\.1\.\d{3} or newer is needed.*CLAUDE_PROGRAM/),
  });
});

test('so is one that does not even know what it is asked', async () => {
  const path = await scriptCalled('claude', `echo "error: unknown option '--permission-prompt-tool'" >&2; exit 1`);
  const events = await collect(claudeOn('http://127.0.0.1:1', path), await newRequest('hello'));
  expect(events).toEqual([
    { type: 'finished', stopReason: 'failed', reply: expect.stringMatching(/2\.1\.\d{3} or newer is needed/) },
  ]);
});
