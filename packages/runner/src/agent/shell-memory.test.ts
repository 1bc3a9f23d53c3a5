import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readShellMemory, rememberShell } from './shell-memory.ts';

test.each([
  [''],
  ['/new'],
  ['/new\0'],
  ['/new\0A=1\0'],
  ['/new\0A=1\0B='],
  ['/new\0A=1\0\0B='],
  ['new\0\0'],
  ['/new\0=1\0\0'],
  ['/new\0A\0\0'],
])('of %j, which is not all or not right, nothing is taken over', async (kept) => {
  const { folder, keptFile } = await rememberedFolder();
  await writeFile(keptFile, kept);
  await rememberShell(folder, keptFile, []);
  expect(await readShellMemory(folder)).toEqual({ cwd: Buffer.from('/old'), variables: [Buffer.from('A=0')] });
});

test('what is whole is taken over', async () => {
  const { folder, keptFile } = await rememberedFolder();
  await writeFile(keptFile, '/new\0A=1\0B=\0\0');
  await rememberShell(folder, keptFile, []);
  const variables = [Buffer.from('A=1'), Buffer.from('B=')];
  expect(await readShellMemory(folder)).toEqual({ cwd: Buffer.from('/new'), variables });
});

async function rememberedFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-memory-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const keptFile = join(folder, 'kept');
  await writeFile(keptFile, '/old\0A=0\0\0');
  await rememberShell(folder, keptFile, []);
  return { folder, keptFile };
}
