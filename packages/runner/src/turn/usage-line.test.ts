// What a turn took stands below all of its answer, and in nothing else.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentEvent, Said } from '../agent/agent-provider.ts';
import type { TurnEnd } from '../workspace/workspaces.ts';
import { readConversation } from './conversation-record.ts';
import { runTurn } from './run-turn.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';

const never = new AbortController().signal;

/** The answer of a turn that ends like that in a checkout of which a file has changed, and what is kept of it for a pull request. */
async function answerTo(
  ending: Partial<AgentEvent>,
): Promise<{ reply: string; kept: TurnEnd[]; record: readonly Said[] }> {
  const root = await mkdtemp(join(tmpdir(), 'runnel-usage-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const kept: TurnEnd[] = [];
  const changes = { files: 1, added: 2, removed: 0 };
  const work = { kind: 'done', branch: 'b', repository: 'r', changes, head: 'c0ffee00', before: '', leftAlone: [] };
  const parts = {
    lease: { holder: {} },
    delivery: { begin: () => Promise.resolve({ kind: 'try', n: 1 }) },
    manifest: { session: () => undefined },
    decode: (text: string) => text,
    tell: () => undefined,
    files: {
      needsRestore: () => false,
      standing: () => ({}),
      bringBack: () => Promise.resolve({ directory: { files: root, state: root }, notices: ['Restored.'] }),
    },
    workspaces: {
      prepare: () => Promise.resolve('ready'),
      record: () => undefined,
      finish: (end: TurnEnd) => (kept.push(end), Promise.resolve({ ...work, pushed: { kind: 'pushed' } })),
    },
    agents: {
      names: ['counting'],
      nameOf: () => 'counting',
      chosenIn: () => ({}),
      choose: () =>
        Promise.resolve({
          provider: {
            name: 'counting',
            async *startTurn() {
              yield { type: 'finished', stopReason: 'end_turn', reply: 'Done.', ...ending };
            },
          },
        }),
    },
    over: never,
    checkpointMs: 60_000,
  } as unknown as TurnParts;
  const prompt = { id: '1-0', identity: 'm', message: 'm', session: 'T1:D1:1.0', ts: '1.0', text: 'go', fileNames: [] };
  const turn = { prompt: prompt as unknown as Prompt, ask: () => Promise.reject(new Error('nobody')) };
  const outcome = await runTurn(parts, turn, never);
  const reply = outcome.kind === 'finished' ? outcome.reply : outcome.kind;
  return { reply, kept, record: await readConversation(root) };
}

test('it is the last line, below that of the work, and neither in what a pull request says nor in the record of the conversation', async () => {
  const { reply, kept, record } = await answerTo({
    usage: { inputTokens: 14_000, outputTokens: 1_200, costUsd: 0.08 },
  });
  expect(reply).toMatch(
    /^_Restored\._\n\nDone\.\n\n_`b` of `r`: [^\n]+_\n\n_0 s · 14k tokens in, 1.2k out · \$0\.08_$/,
  );
  expect(kept).toMatchObject([{ reply: 'Done.' }]);
  expect(record).toEqual([{ agent: 'counting', asked: 'go', answered: 'Done.' }]);
});

test('of an agent that does not tell there is none', async () => {
  expect((await answerTo({})).reply).not.toContain('tokens');
});

test('of a turn whose message is kept nothing is committed, told for a pull request or recorded', async () => {
  const { reply, kept, record } = await answerTo({ stopReason: 'failed', reason: 'credential', reply: 'No key.' });
  expect(reply).toBe('_Restored._\n\nNo key.');
  expect(kept).toEqual([]);
  expect(record).toEqual([]);
});
