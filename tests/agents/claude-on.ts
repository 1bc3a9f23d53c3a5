// Claude Code on a model of a test's own.
import { claudeProvider } from '@runnel/runner/serving';
import type { AgentUnderTest } from './describe-agent-faults.ts';
import { findAgents } from './find-agents.ts';
import { callTool, runCommand } from './scripted-model.ts';

export const { claude: program } = await findAgents();

/** What runs in it carries this mark; the same test may run elsewhere on this machine. */
const podUid = `pod-of-the-test-${process.pid}`;

export function claudeOn(url: string, path = program, key = 'key-of-the-model') {
  const model = { ANTHROPIC_API_KEY: key, ANTHROPIC_BASE_URL: url };
  return claudeProvider({ program: path, path: '/usr/bin:/bin', podUid, model });
}

export const claude: AgentUnderTest = {
  name: 'Claude Code',
  on: claudeOn,
  keyless: (path) => claudeOn('http://127.0.0.1:1', path, ''),
  run: (command, content) => runCommand(command, content),
  runSaying: (command, description) => callTool('Bash', { command, description }),
  podUid,
  settings: { key: 'ANTHROPIC_API_KEY', program: 'CLAUDE_PROGRAM' },
};
