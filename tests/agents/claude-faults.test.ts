// What goes wrong between Claude Code and its model. None of it is a silent success, and none of it takes for ever.
import type { ServerResponse } from 'node:http';
import { collect, newRequest, saidIn, type AgentEvent } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { claude, claudeOn } from './claude-on.ts';
import { describeAgentFaults } from './describe-agent-faults.ts';
import { startRawModel } from './raw-model.ts';
import { startScriptedModel } from './scripted-model.ts';

describeAgentFaults(claude);

const well = await startScriptedModel(() => ({ content: 'Here I am.' }));

test('an answer that is cut in the middle is asked for again', async () => {
  let half: ServerResponse | undefined;
  const model = await startRawModel((response, asked) => {
    if (asked > 1) return well.url;
    half = response;
    return sayHalf(response);
  });
  const events: AgentEvent[] = [];
  for await (const event of claudeOn(model.url).startTurn(await newRequest('hello'), new AbortController().signal)) {
    events.push(event);
    if (saidIn(events) === 'half of') half?.destroy();
  }
  expect(events).toContainEqual(expect.objectContaining({ type: 'retrying', attempt: 1 }));
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Here I am.' });
});

test('one that is cut each time fails the turn', async () => {
  const model = await startRawModel((response) => sayHalf(response, () => response.destroy()));
  const events = await collect(claudeOn(model.url), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringMatching(/Claude Code could not/) });
  expect(model.bodies.length).toBeLessThan(15);
});

test('a model that says when to ask again is left alone until then, and that is told', async () => {
  const model = await startRawModel((response, asked) => {
    if (asked > 1) return well.url;
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3' });
    return void response.end(errorBody('rate_limit_error'));
  });
  const events = await collect(claudeOn(model.url), await newRequest('hello'));
  const retrying = events.find((event) => event.type === 'retrying');
  expect(retrying).toMatchObject({ attempt: 1, reason: 'rate_limit' });
  expect(retrying?.waitMs).toBeGreaterThanOrEqual(3_000);
  expect(events.at(-1)).toMatchObject({ stopReason: 'end_turn', reply: 'Here I am.' });
});

test('a model that is overloaded and stays so fails the turn, after as many questions as are told', async () => {
  const model = await startRawModel((response) => {
    response.writeHead(529, { 'content-type': 'application/json' });
    return void response.end(errorBody('overloaded_error'));
  });
  const events = await collect(claudeOn(model.url), await newRequest('hello'));
  expect(events.filter(({ type }) => type === 'retrying')).toHaveLength(4);
  expect(model.bodies).toHaveLength(5);
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed' });
});

function errorBody(type: string): string {
  return JSON.stringify({ type: 'error', error: { type, message: 'not now' } });
}

function sayHalf(response: ServerResponse, said?: () => void): undefined {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'any', content: [], usage };
  const events = [
    { type: 'message_start', message },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'half of' } },
  ];
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const lines = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
  response.write(lines, said);
}
