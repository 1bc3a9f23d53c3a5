import { expect, test } from 'vitest';
import { collect, newRequest, saidIn } from './agent-provider.testsuite.ts';
import { checkTurns } from './check-turns.ts';
import { scriptedProvider } from './scripted-provider.ts';

const provider = checkTurns(scriptedProvider());

test.each([
  ['', [], /prompt_empty.*Write what/],
  [' \n', [], /prompt_empty.*Write what/],
  ['', ['plan.pdf'], /prompt_empty.*`plan\.pdf`.*Write what/],
])('a message without words is refused, with what to do: %j %j', async (text, fileNames, reply) => {
  const events = await collect(provider, await newRequest(text, fileNames));
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply: expect.stringMatching(reply) }]);
});

test('an agent is told that it was interrupted', async () => {
  const request = { ...(await newRequest('go on')), wasInterrupted: true };
  expect(saidIn(await collect(provider, request))).toMatch(/^\(You were interrupted .*\)\n\ngo on$/);
});

test('an agent is told of attachments, for it cannot see them', async () => {
  expect(saidIn(await collect(provider, await newRequest('read it', ['plan.pdf'])))).toMatch(
    /^read it\n\n.*`plan\.pdf`/,
  );
  expect(saidIn(await collect(provider, await newRequest('read it')))).toBe('read it');
});
