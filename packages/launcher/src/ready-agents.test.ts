import { expect, test } from 'vitest';
import { readyAgents } from './ready-agents.ts';

test.each<[env: NodeJS.ProcessEnv, ready: string[]]>([
  [{ AGENT_PROVIDER: 'claude' }, []],
  [{ AGENT_PROVIDER: 'claude', ANTHROPIC_API_KEY: 'key' }, ['claude']],
  [{ AGENT_PROVIDER: 'claude,opencode,codex', OPENAI_API_KEY: 'key' }, ['codex']],
  [{ AGENT_PROVIDER: 'codex,shell', ANTHROPIC_API_KEY: 'key', OPENAI_API_KEY: '' }, ['shell']],
  [{ AGENT_PROVIDER: 'acp,terminal,shell,scripted' }, ['acp', 'terminal', 'shell', 'scripted']],
])('%j: %j', (env, ready) => {
  expect(readyAgents(env)).toEqual(ready);
});
