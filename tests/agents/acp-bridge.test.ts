// Claude Code behind a bridge to the Agent Client Protocol, on a model that follows a script.
import { collect, describeAgentProvider, newRequest } from '@runnel/runner/testing';
import { expect, test } from 'vitest';
import { acpScript, bridged, bridgeOn } from './acp-on.ts';
import { describeAgentFaults } from './describe-agent-faults.ts';
import { startRawModel } from './raw-model.ts';
import { startScriptedModel } from './scripted-model.ts';

const { url, requests } = await startScriptedModel(acpScript(bridged.run));
describeAgentProvider('acp', () => ({
  provider: bridgeOn(url),
  prompts: {
    speak: 'speak',
    workForLong: 'work for long',
    speakForLong: 'answer slowly',
    leaveNote: 'leave a note',
    findNote: 'look for it',
    fail: 'fail',
    useTools: 'use tools',
    runCommand: 'run it',
  },
  toldModel: () => requests.at(-1)?.whole ?? '',
  usage: { inputTokens: 1_000, outputTokens: 200 },
}));

describeAgentFaults(bridged);

test.each([
  ['nothing', 'text/event-stream', ''],
  ['a page', 'text/html', '<html><body>Please sign in to this network.</body></html>'],
])('a model that answers %s with status 200 fails the turn, after few questions', async (_, type, body) => {
  const model = await startRawModel((response) => void response.writeHead(200, { 'content-type': type }).end(body));
  const events = await collect(bridgeOn(model.url), await newRequest('hello'));
  expect(events.at(-1)).toMatchObject({ stopReason: 'failed', reply: expect.stringContaining('The agent could not') });
  expect(model.bodies.length).toBeLessThan(15);
});
