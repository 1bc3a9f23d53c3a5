import { expect, test } from 'vitest';
import { collect, newRequest } from './agent-provider.testsuite.ts';
import type { AgentProvider, TurnRequest } from './agent-provider.ts';
import { typeTurns } from './type-turns.ts';

function typed(): { provider: AgentProvider; texts: string[] } {
  const texts: string[] = [];
  const provider = typeTurns({
    name: 'typed',
    async *startTurn({ text }) {
      texts.push(text);
      yield { type: 'finished', stopReason: 'end_turn', reply: 'shown' };
    },
  });
  return { provider, texts };
}

const file: TurnRequest['files'][number] = { name: 'a.txt', path: '/at/a.txt' };

test('it is typed as it was written, whatever was said before and came with it', async () => {
  const { provider, texts } = typed();
  const request = {
    ...(await newRequest('echo hello', [file])),
    wasInterrupted: true,
    history: [{ agent: 'claude', asked: 'how?', answered: 'touch x' }],
  };
  const events = await collect(provider, request);
  expect(texts).toEqual(['echo hello']);
  expect(events.at(-1)).toMatchObject({ reply: '_Attached: `/at/a.txt`._\n\nshown' });
  expect(provider.readsHistory).toBeUndefined();
});

test('without words nothing is typed: files are named, and nothing at all is told', async () => {
  const { provider, texts } = typed();
  const named = await collect(provider, await newRequest(' ', [file]));
  expect(named).toEqual([{ type: 'finished', stopReason: 'end_turn', reply: 'Attached: `/at/a.txt`.' }]);
  expect((await collect(provider, await newRequest('')))[0]).toMatchObject({ stopReason: 'failed' });
  expect(texts).toEqual([]);
});
