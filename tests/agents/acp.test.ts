// What agents of the Agent Client Protocol may do, each of it by an agent that does nothing else. A failure is never a silent success.
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { collect, newRequest, saidIn, type TurnRequest } from '@runnel/runner/testing';
import { expect, test, vi } from 'vitest';
import { playedAgent } from './acp-on.ts';

async function play(part: string, request?: TurnRequest) {
  return collect(playedAgent(part), request ?? (await newRequest('hello')));
}

test.each([
  ['says nothing, does nothing and calls it an end', 'silent', 'without a word'],
  ['may say no more', 'cut', 'may say no more in one turn.\n\nAs far as'],
  ['may ask no more', 'tired', 'asked no more'],
  ['refuses', 'refusing', 'refuses'],
  ['stops by itself', 'stopping', 'stopped by itself'],
  ['wants a login for its message', 'locked', 'no valid key for its model'],
  ['wants a login for its session', 'closed', 'ACP_ENVIRONMENT'],
  ['fails', 'broken', 'the disk is full'],
  ['dies', 'dying', 'ended in the middle of it. it ran out of luck'],
  ['speaks another version', 'foreign', 'speaks version 7'],
])('one that %s has failed, and that is told', async (_, part, words) => {
  const events = await play(part);
  expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('The agent could not') });
  expect(events.at(-1)).toHaveProperty('reply', expect.stringContaining(words));
});

test('one that says nothing, and was paid for it, has ended', async () => {
  const usage = { inputTokens: 7, outputTokens: 1 };
  expect(await play('counting')).toEqual([{ type: 'finished', stopReason: 'end_turn', reply: '', usage }]);
});

test('its plan is told; its answer is the last of its messages', async () => {
  const [plan, ...rest] = await play('planning');
  const steps = [
    { title: 'look', state: 'done' },
    { title: 'write', state: 'active' },
    { title: 'test', state: 'pending' },
  ];
  expect(plan).toEqual({ type: 'plan', steps });
  expect(saidIn(rest)).toBe('first half and half');
  expect(rest.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: ' half and half' });
});

test('one that cannot go on with a conversation says so, each time but the first', async () => {
  const request = await newRequest('hello');
  expect((await play('forgetful', request)).at(-1)).toMatchObject({ reply: 'Here I am.' });
  const reply = expect.stringMatching(/^_The agent cannot go on .* afresh\._\n\nHere I am\.$/);
  expect((await play('forgetful', request)).at(-1)).toMatchObject({ stopReason: 'end_turn', reply });
});

test('of a conversation that is loaded nothing is told again; one that is lost is begun afresh, and that is told', async () => {
  const request = await newRequest('hello');
  await play('loading', request);
  const again = await play('loading', request);
  expect(saidIn(again)).toBe('Here I am.');
  expect(again.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Here I am.' });
  await rm(join(request.directory.state, 'home/said'));
  const reply = expect.stringMatching(/^_What was said here before could not be read .* afresh\._\n\nHere I am\.$/);
  expect((await play('loading', request)).at(-1)).toMatchObject({ stopReason: 'end_turn', reply });
});

test.each([
  [true, 'for-good'],
  [false, 'cancelled'],
])('where it offers a permission for good alone, always %s is answered %s', async (always, outcome) => {
  const ask = (): Promise<{ kind: 'allow'; always: boolean }> => Promise.resolve({ kind: 'allow', always });
  const events = await play('insisting', { ...(await newRequest('hello')), policy: 'ask', ask });
  expect(events.at(-1)).toHaveProperty('reply', expect.stringContaining(outcome));
  expect(events[0]).toMatchObject({ type: 'tool', call: 'call', title: 'execute: rm -r' });
});

test('`accept_edits` asks about a file outside of the session, and shows its change; `ask` about both', async () => {
  const request = await newRequest('hello');
  const asked: unknown[] = [];
  const ask = (about: unknown): Promise<{ kind: 'deny' }> => (asked.push(about), Promise.resolve({ kind: 'deny' }));
  await play('editing', { ...request, policy: 'accept_edits', ask });
  const path = join(request.directory.files, '../new');
  expect(asked).toMatchObject([{ kind: 'permission', title: `edit: ${path}`, detail: `${path}\n-old\n+new` }]);
  await play('editing', { ...request, policy: 'ask', ask });
  expect(asked).toHaveLength(3);
});

test('one that is deaf to a cancel is ended', async () => {
  const cancel = new AbortController();
  const request = await newRequest('hello');
  const events: unknown[] = [];
  for await (const event of playedAgent('deaf').startTurn(request, cancel.signal)) {
    events.push(event);
    cancel.abort();
  }
  expect(events.at(-1)).toEqual({ type: 'finished', stopReason: 'canceled', reply: 'begun' });
});

test('a turn that is over before the cancel reaches it is answered', async () => {
  const cancel = new AbortController();
  const request = await newRequest('hello');
  const turn = collect(playedAgent('lingering'), request, cancel.signal);
  await vi.waitFor(() => access(join(request.directory.files, 'input-ended')), { timeout: 60_000, interval: 20 });
  cancel.abort();
  expect((await turn).at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'All of it.' });
});

test('a command that is told by its title alone is shown whole, and so is what was allowed', async () => {
  const request = await newRequest('hello');
  const asked: unknown[] = [];
  const ask = (about: unknown) => (asked.push(about), Promise.resolve({ kind: 'allow', always: true } as const));
  await play('titled', { ...request, policy: 'ask', ask });
  expect(asked).toMatchObject([
    { title: 'execute: echo ok', detail: 'echo ok\nrm -r .' },
    { title: 'edit: Writing to x', detail: 'x\n+one' },
    { title: 'edit: Writing to x', detail: 'x\n+two' },
  ]);
});
