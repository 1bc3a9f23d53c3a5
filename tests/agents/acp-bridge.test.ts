// Claude Code behind a bridge to the Agent Client Protocol, on a model that follows a script.
import { describeAgentProvider } from '@runnel/runner/testing';
import { acpScript, bridged, bridgeOn } from './acp-on.ts';
import { describeAgentFaults } from './describe-agent-faults.ts';
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
