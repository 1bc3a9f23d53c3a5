import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readRepositorySettings, SETTINGS_FILE } from './repository-settings.ts';

async function checkout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-settings-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function read(text: string) {
  const files = await checkout();
  await writeFile(join(files, SETTINGS_FILE), text);
  return readRepositorySettings(files, ['claude', 'shell']);
}

test('a repository without settings asks for nothing, and so does an empty file', async () => {
  expect(await readRepositorySettings(await checkout(), [])).toEqual({ settings: {}, faults: [] });
  expect(await read('# nothing yet\n')).toEqual({ settings: {}, faults: [] });
});

test('commands are a line, lines, or a list', async () => {
  expect((await read('setup: npm ci\ncheck: |\n  npm test\n  npm run lint\n')).settings).toEqual({
    setup: 'npm ci',
    check: 'npm test\nnpm run lint',
  });
  expect((await read('check: [a, b]\n')).settings).toEqual({ check: 'a\nb' });
});

test('an agent of the fleet is named, and a model', async () => {
  expect((await read('agent: claude\nmodel: claude-opus-4-5\n')).settings).toEqual({
    agent: 'claude',
    model: 'claude-opus-4-5',
  });
});

test.each([
  [
    'setup: npm ci\nchecks: npm test\n',
    'line 2: there is no setting called checks; there are setup, check, agent, model.',
  ],
  ['agent: gemini\n', 'line 1: agent must be one of those that are here: claude, shell.'],
  ['agent: claude\nmodel: --help\n', 'line 2: model must be the name of a model.'],
  ['\n\nsetup: 7\n', 'line 3: setup must be a command, or a list of commands.'],
  ['check:\n  - a\n  - {b: c}\n', /^line \d: check/],
  ['setup: ""\n', /^line 1: setup/],
  ['- a\n', /^line 1: It must be/],
  ['setup: [a\n', /^line \d: /],
  ['a: &a [x]\nsetup: *a\n', /^line/],
])('%j does not count, and its line is said', async (text, fault) => {
  const { settings, faults } = await read(text);
  expect(settings).toEqual({});
  expect(faults[0]).toEqual(typeof fault === 'string' ? fault : expect.stringMatching(fault));
});

test('what is no plain file of a decent size is not read', async () => {
  const files = await checkout();
  await symlink('/etc/passwd', join(files, SETTINGS_FILE));
  expect((await readRepositorySettings(files, ['claude', 'shell'])).faults).toHaveLength(1);
  const other = await checkout();
  await mkdir(join(other, SETTINGS_FILE));
  expect((await readRepositorySettings(other, [])).faults).toHaveLength(1);
  expect((await read(`setup: ${'x'.repeat(70_000)}`)).faults).toHaveLength(1);
});
