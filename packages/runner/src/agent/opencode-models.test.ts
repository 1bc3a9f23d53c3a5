import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listModels } from './opencode-models.ts';

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-models-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a model that is known is listed, with its price', async () => {
  const path = (await listModels('anthropic/claude-sonnet-4-5', await newFolder())) ?? '';
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
    anthropic: { models: { 'claude-sonnet-4-5': { cost: { input: 3, output: 15 } } } },
  });
});

test.each(['anthropic/claude-of-tomorrow', 'anthropic/toString', 'other/claude-sonnet-4-5', 'anthropic', undefined])(
  'of %s OpenCode may know more than we do: it is given no list',
  async (model) => {
    const folder = await newFolder();
    expect(await listModels(model, folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  },
);
