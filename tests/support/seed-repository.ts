// Files that stand on the default branch of a person's own repository before anybody works there.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Person, Story } from './story.ts';

export async function seedRepository(
  { fleet }: Story,
  { userKey }: Person,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const { folder } = await fleet.repositories.own(userKey, 'somebody');
  const clone = await mkdtemp(join(tmpdir(), 'runnel-seed-'));
  const run = async (...args: string[]): Promise<unknown> => promisify(execFile)('git', ['-C', clone, ...args]);
  await run('clone', '--quiet', folder, '.');
  for (const [name, text] of Object.entries(files)) await writeFile(join(clone, name), text);
  await run('add', '--all');
  await run('-c', 'user.name=Seed', '-c', 'user.email=seed@example.com', 'commit', '--quiet', '--message=Seed');
  await run('push', '--quiet', 'origin', 'HEAD:main');
  await rm(clone, { recursive: true });
}
