import { expect, test } from 'vitest';
import { collect, newRequest, saidIn } from './agent-provider.testsuite.ts';
import { checkTurns } from './check-turns.ts';
import { scriptedProvider } from './scripted-provider.ts';

const provider = checkTurns(scriptedProvider());

test.each([
  ['', []],
  [' \n', []],
  ['', [{ name: 'plan.pdf', missing: 'gone' }]],
] as const)('a message without words and files is refused, with what to do: %j %j', async (text, files) => {
  const events = await collect(provider, await newRequest(text, files));
  const reply = expect.stringMatching(/prompt_empty.*Write what/);
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply }]);
});

test('files without words are to be looked at', async () => {
  const request = await newRequest(' ', [{ name: 'plan.pdf', path: '/a/plan.pdf' }]);
  expect(saidIn(await collect(provider, request))).toBe('Look at the attached files.\n\n(Attached: `/a/plan.pdf`.)');
});

test('an agent is told that it was interrupted', async () => {
  const request = { ...(await newRequest('go on')), wasInterrupted: true };
  expect(saidIn(await collect(provider, request))).toMatch(/^\(You were interrupted .*\)\n\ngo on$/);
});

test('an agent is told where attachments are, and what is missing of them', async () => {
  const request = await newRequest('read it', [
    { name: 'plan.pdf', path: '/a/plan.pdf' },
    { name: 'film.mp4', missing: 'too_large' },
  ]);
  expect(saidIn(await collect(provider, request))).toBe(
    'read it\n\n(Attached: `/a/plan.pdf`. Attached, but not read: `film.mp4` (more than 20 MB).)',
  );
  expect(saidIn(await collect(provider, await newRequest('read it')))).toBe('read it');
});
