// Whether a manifest names a card: from then on its runner may be lost.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspaceMessage } from '@runnel/dev';
import type { Story } from './story.ts';

export async function isKept({ folder }: Story, { ts }: WorkspaceMessage): Promise<boolean> {
  const state = join(folder, 'state');
  // One that is still being written under another name is not kept yet.
  const names = (await readdir(state, { recursive: true })).filter((name) => /\/manifest\.\d+\.json$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(state, name), 'utf8').catch(() => '')));
  return texts.some((text) => text.includes(`"${ts}"`));
}
