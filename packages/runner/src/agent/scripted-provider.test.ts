import { expect, test } from 'vitest';
import { collect, describeAgentProvider, newRequest } from './agent-provider.testsuite.ts';
import { type ScriptedStep, scriptedProvider } from './scripted-provider.ts';

const NEVER = new Promise<never>(() => undefined);

describeAgentProvider('scripted', () => {
  const noted = new Set<string>();
  const steps: Record<string, (session: string) => ScriptedStep[]> = {
    speak: () => [{ say: 'one, ' }, { wait: Promise.resolve() }, { say: 'two' }],
    work: () => [{ say: 'begun' }, { wait: NEVER }, { say: 'done' }],
    note: (session) => [{ say: noted.add(session).size > 0 ? 'noted' : '' }],
    find: (session) => [{ say: noted.has(session) ? 'noted' : 'nothing' }],
    fail: () => [{ say: 'trying' }, { fail: 'out of luck' }],
  };
  return {
    provider: scriptedProvider(({ text, session }) => steps[text]?.(session) ?? []),
    prompts: { speak: 'speak', workForLong: 'work', leaveNote: 'note', findNote: 'find', fail: 'fail' },
  };
});

test('what a step waits for and is rejected fails the turn', async () => {
  const provider = scriptedProvider(() => [{ wait: Promise.reject(new Error('the line is cut')) }, { say: 'never' }]);
  const events = await collect(provider, await newRequest('go'));
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply: 'the line is cut' }]);
});

test('a script may end the turn with a reply of its own', async () => {
  const provider = scriptedProvider([{ say: 'thinking' }, { finish: 'the answer' }, { say: 'never' }]);
  const events = await collect(provider, await newRequest('go'));
  expect(events.at(-1)).toEqual({ type: 'finished', stopReason: 'end_turn', reply: 'the answer' });
  expect(events).toHaveLength(2);
});

test('without a script it answers with what it was told', async () => {
  const events = await collect(scriptedProvider(), await newRequest('go'));
  expect(events).toEqual([
    { type: 'text', text: 'go' },
    { type: 'finished', stopReason: 'end_turn', reply: 'go' },
  ]);
});
