// A runner that is killed in the middle of a turn, after a checkpoint: what the turn had written is there for the next one.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startStory } from '../support/story.ts';

test('killed after a tool wrote a file and before the turn ended: the next runner has the file, and commits it', async () => {
  await using story = await startStory({ people: 1, settings: { FORGE: 'folder' } });
  const ada = story.person(0);
  const place = ada.say('if [ -e keep.txt ]; then echo kept; else echo x > keep.txt; sleep 600; fi');
  const state = join(story.folder, 'state', 'users', ...ada.userKey.split(':'));
  const manifests = async (): Promise<string> => {
    const names = (await readdir(state)).filter((name) => name.startsWith('manifest.'));
    return (await Promise.all(names.map((name) => readFile(join(state, name), 'utf8')))).join('\n');
  };
  // A turn is saved once a minute.
  await expect.poll(manifests, { timeout: 120_000, interval: 500 }).toContain('"archive"');
  await story.fleet.runners.kill(ada.userKey);
  const [answer] = await story.answered(place, 1, 120_000);
  expect(answer).toMatch(/kept[^]*`people\/person0`: 1 file, \+1 −0, commit/);
});
