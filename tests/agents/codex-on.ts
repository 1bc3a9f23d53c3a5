// Codex on a model of a test's own.
import type { FixtureResponse } from '@copilotkit/aimock';
import { codexProvider } from '@runnel/runner/serving';
import type { AgentUnderTest } from './describe-agent-faults.ts';
import { findAgents } from './find-agents.ts';
import { callTool } from './scripted-model.ts';

export const { codex: program } = await findAgents();
export const KEY = 'key-of-the-model';
const podUid = `pod-of-codex-${process.pid}`;

export function codexOn(url: string, path = program, key = KEY) {
  const model = { name: 'scripted', url: `${url}/v1`, key };
  return codexProvider({ program: path, path: '/usr/bin:/bin', podUid, model });
}

export function runInCodex(cmd: string, content = ''): FixtureResponse {
  return callTool('exec_command', { cmd, yield_time_ms: 30_000 }, content);
}

export const codex: AgentUnderTest = {
  name: 'Codex',
  on: codexOn,
  keyless: (path) => codexOn('http://127.0.0.1:1', path, ''),
  run: runInCodex,
  runSaying: (cmd, justification) =>
    callTool('exec_command', { cmd, justification, sandbox_permissions: 'require_escalated' }),
  podUid,
  settings: { key: 'OPENAI_API_KEY', program: 'CODEX_PROGRAM' },
  hasOwnPace: true,
};
