// What goes wrong around Codex. None of it is a silent success, and none of it takes for ever.
import { collect, newRequest } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { codex, codexOn } from './codex-on.ts';
import { describeAgentFaults } from './describe-agent-faults.ts';
import { startScriptedModel } from './scripted-model.ts';

describeAgentFaults(codex);

test('a model that goes on failing is asked six times, every try of it told', async () => {
  const model = await startScriptedModel(() => ({ error: { message: 'never' }, status: 500 }));
  const events = await collect(codexOn(model.url), await newRequest('hello'));
  const told = events.flatMap((event) => (event.type === 'retrying' ? [event.attempt] : []));
  expect(told).toEqual([1, 2, 3, 4, 5]);
  expect(model.requests).toHaveLength(6);
  expect(events.at(-1)).toMatchObject({
    stopReason: 'failed',
    reply: expect.stringMatching(/^Codex could not finish this: ./),
  });
});

test('an answer that is cut in the middle is asked for again', async () => {
  const model = await startScriptedModel(() => ({ content: 'This answer is long enough to be cut in two.' }));
  const events = await collect(codexOn(model.url), await newRequest('it breaks off'));
  expect(events).toContainEqual(expect.objectContaining({ type: 'retrying', attempt: 1 }));
  expect(events.at(-1)).toMatchObject({
    stopReason: 'end_turn',
    reply: 'This answer is long enough to be cut in two.',
  });
  expect(model.requests).toHaveLength(2);
});

test('what the model refuses is said in its own words', async () => {
  const model = await startScriptedModel(() => ({ error: { message: 'your prompt is too long' }, status: 400 }));
  const events = await collect(codexOn(model.url), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ reply: 'Codex could not finish this: your prompt is too long' });
});

test('a program that is something else is a failed turn with what it complains of', async () => {
  const events = await collect(codexOn('http://127.0.0.1:1', '/bin/bash'), await newRequest('hello'));
  expect(events).toEqual([{ type: 'finished', stopReason: 'failed', reply: expect.stringContaining('app-server') }]);
});
