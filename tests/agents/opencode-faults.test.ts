// What goes wrong around OpenCode. None of it is a silent success, and none of it takes for ever.
import { collect, newRequest } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { describeAgentFaults } from './describe-agent-faults.ts';
import { opencode, opencodeOn } from './opencode-on.ts';
import { startRawModel } from './raw-model.ts';
import { startScriptedModel } from './scripted-model.ts';

describeAgentFaults(opencode);

test('what answers without being a model is named: OpenCode itself would ask for ever', async () => {
  const model = await startRawModel((response) => void response.writeHead(200).end('Welcome to the proxy'));
  const events = await collect(opencodeOn(model.url), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ reply: expect.stringContaining('ANTHROPIC_BASE_URL') });
});

test('a canceled turn, which OpenCode ends twice, ends once, and the next one is whole and knows what was said', async () => {
  // Prompts with no answer between them come as one.
  const model = await startScriptedModel(({ prompt }) =>
    prompt.includes('again') ? { content: 'All of it.' } : { content: `begun ${'and on '.repeat(500)}` },
  );
  const provider = opencodeOn(model.url);
  const request = await newRequest('answer slowly');
  const cancel = new AbortController();
  const ends: string[] = [];
  for await (const event of provider.startTurn(request, cancel.signal)) {
    if (event.type === 'text') cancel.abort();
    if (event.type === 'finished') ends.push(event.stopReason);
  }
  expect(ends).toEqual(['canceled']);
  expect((await collect(provider, { ...request, text: 'again' })).at(-1)).toMatchObject({
    stopReason: 'end_turn',
    reply: 'All of it.',
  });
  expect(model.requests.at(-1)?.whole).toContain('begun');
});

test('an answer that breaks off is asked for again, and counts once', async () => {
  const model = await startScriptedModel(() => ({ content: 'This answer is long enough to be cut in two.' }));
  const events = await collect(opencodeOn(model.url), await newRequest('hello, it breaks off'));
  expect(model.requests).toHaveLength(2);
  expect(events.at(-1)).toMatchObject({
    stopReason: 'end_turn',
    reply: 'This answer is long enough to be cut in two.',
  });
});
