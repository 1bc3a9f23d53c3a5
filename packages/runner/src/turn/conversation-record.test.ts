import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addToConversation, readConversation } from './conversation-record.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'runnel-record-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('what was said comes back, whatever is in it', async () => {
  const state = join(await folder(), 'state');
  const turns = ['one', 'two\nlines', '\u2028 "quoted"'].map((asked) => ({ agent: 'a', asked, answered: `${asked}!` }));
  for (const said of turns) await addToConversation(state, said);
  expect(await readConversation(state)).toEqual(turns);
});

test('it does not grow for ever, and a broken line costs only itself', async () => {
  const state = await folder();
  for (let place = 0; place < 60; place += 1) {
    await addToConversation(state, { agent: 'a', asked: String(place), answered: 'x'.repeat(20_000) });
  }
  await appendFile(join(state, 'conversation.jsonl'), '{"agent":"a"');
  const kept = await readConversation(state);
  expect([kept.length, kept[0]?.asked, kept.at(-1)?.asked]).toEqual([50, '10', '59']);
  expect(kept.every(({ answered }) => answered.length === 8_000)).toBe(true);
});
