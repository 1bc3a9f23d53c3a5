import { expect, test } from 'vitest';
import { runnerSecrets } from './runner-secrets.ts';

const always = { REDIS_URL: 'redis://localhost', SLACK_BOT_TOKEN: 'xoxb-1' };
const all = {
  ...always,
  ANTHROPIC_API_KEY: 'a',
  OPENAI_API_KEY: 'o',
  ACP_ENVIRONMENT: '{"KEY":"k"}',
  TERMINAL_ENVIRONMENT: '{"KEY":"k"}',
  FORGE_TOKEN: 'f',
  GITHUB_TOKEN: 'g',
};

test.for([
  [{ AGENT_PROVIDER: 'shell' }, []],
  [{ AGENT_PROVIDER: 'claude' }, ['ANTHROPIC_API_KEY']],
  [{ AGENT_PROVIDER: 'opencode' }, ['ANTHROPIC_API_KEY']],
  [{ AGENT_PROVIDER: 'codex' }, ['OPENAI_API_KEY']],
  [{ AGENT_PROVIDER: 'codex, claude' }, ['ANTHROPIC_API_KEY', 'OPENAI_API_KEY']],
  [{ AGENT_PROVIDER: 'acp' }, ['ACP_ENVIRONMENT']],
  [{ AGENT_PROVIDER: 'terminal' }, ['TERMINAL_ENVIRONMENT']],
  [{ AGENT_PROVIDER: 'shell', FORGE: 'github' }, ['GITHUB_TOKEN']],
  [{ AGENT_PROVIDER: 'shell', FORGE: 'folder' }, ['FORGE_TOKEN']],
] as const)('with %o a runner gets the secrets %o beside those of all', ([chosen, more]) => {
  expect(runnerSecrets({ ...all, ...chosen }).toSorted()).toEqual([...Object.keys(always), ...more].toSorted());
});

test('one that the launcher was not given is not asked of the Secret', () => {
  expect(runnerSecrets({ ...always, FORGE: 'github', GITHUB_TOKEN: '' })).toEqual(Object.keys(always));
});
