// OpenCode on a model of a test's own.
import type { FixtureResponse } from '@copilotkit/aimock';
import { opencodeProvider } from '@runnel/runner/serving';
import type { AgentUnderTest } from './describe-agent-faults.ts';
import { findAgents } from './find-agents.ts';
import { callTool, runCommand } from './scripted-model.ts';

export const { opencode: program } = await findAgents();
const podUid = `pod-of-opencode-${process.pid}`;

export function opencodeOn(url: string, path = program, key = 'key-of-the-model') {
  const model = { name: 'anthropic/claude-sonnet-4-5', key, apiUrl: `${url}/v1` };
  return opencodeProvider({ program: path, path: '/usr/bin:/bin', podUid, model });
}

export function runInOpenCode(command: string, content = ''): FixtureResponse {
  return runCommand(command, content, 'bash');
}

export const opencode: AgentUnderTest = {
  name: 'OpenCode',
  on: opencodeOn,
  keyless: (path) => opencodeOn('http://127.0.0.1:1', path, ''),
  run: runInOpenCode,
  runSaying: (command, description) => callTool('bash', { command, description }),
  podUid,
  settings: { key: 'ANTHROPIC_API_KEY', program: 'OPENCODE_PROGRAM' },
};
