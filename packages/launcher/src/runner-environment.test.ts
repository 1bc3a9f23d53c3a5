import { expect, test } from 'vitest';
import { runnerEnvironment } from './runner-environment.ts';

test('a runner gets the settings it reads, with their defaults, and nothing else of the launcher', () => {
  const environment = runnerEnvironment({
    PATH: '/bin',
    HOME: '/root',
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_APP_TOKEN: 'xapp-1',
    AWS_SECRET_ACCESS_KEY: 'hush',
    RUNNER_CONCURRENCY: '3',
    LEASE_DURATION: '3s',
    STATE_DIR: 'state',
    ALLOWED_USERS: '',
    NODE_COMPILE_CACHE: '/cache',
  });
  expect(environment).toMatchObject({
    PATH: '/bin',
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: '/cache',
    SLACK_BOT_TOKEN: 'xoxb-1',
    LEASE_DURATION: '3s',
    RUNNER_IDLE_TIMEOUT: '5m',
    STATE_DIR: `${process.cwd()}/state`,
  });
  for (const name of ['HOME', 'SLACK_APP_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'RUNNER_CONCURRENCY', 'ALLOWED_USERS']) {
    expect(environment).not.toHaveProperty(name);
  }
});

test('with the session store in a bucket a runner is told of no folder', () => {
  const environment = runnerEnvironment({ STATE_BUCKET: 'our-runnel-state' });
  expect(environment).toMatchObject({ STATE_BUCKET: 'our-runnel-state' });
  expect(environment).not.toHaveProperty('STATE_DIR');
});

test('the key of a model goes to the agents that ask it, and to no other', () => {
  const key = { ANTHROPIC_API_KEY: 'sk-ant-hush' };
  for (const agent of ['claude', 'opencode']) {
    expect(runnerEnvironment({ ...key, AGENT_PROVIDER: agent })).toMatchObject(key);
  }
  expect(runnerEnvironment({ ...key, AGENT_PROVIDER: 'shell' })).not.toHaveProperty('ANTHROPIC_API_KEY');
  const both = { ...key, OPENAI_API_KEY: 'sk-proj-hush' };
  expect(runnerEnvironment({ ...both, AGENT_PROVIDER: 'codex' })).toMatchObject({ OPENAI_API_KEY: 'sk-proj-hush' });
  expect(runnerEnvironment({ ...both, AGENT_PROVIDER: 'codex' })).not.toHaveProperty('ANTHROPIC_API_KEY');
  expect(runnerEnvironment({ ...both, AGENT_PROVIDER: 'claude' })).not.toHaveProperty('OPENAI_API_KEY');
});

test('an agent of the Agent Client Protocol gets what is in its own setting, and no other key', () => {
  const acp = { ACP_COMMAND: 'gemini --acp', ACP_ENVIRONMENT: '{"GEMINI_API_KEY":"hush"}' };
  const given = runnerEnvironment({ ...acp, ANTHROPIC_API_KEY: 'sk-ant-hush', AGENT_PROVIDER: 'acp' });
  expect(given).toMatchObject(acp);
  expect(given).not.toHaveProperty('ANTHROPIC_API_KEY');
  const other = Object.keys(runnerEnvironment({ ...acp, AGENT_PROVIDER: 'claude' }));
  expect(other.filter((name) => name.startsWith('ACP_'))).toEqual([]);
});

test('what opens GitHub goes to a runner whose forge it is, and to no other', () => {
  const github = { GITHUB_TOKEN: 'ghp_hush', GITHUB_APP_PRIVATE_KEY: '-----BEGIN', GITHUB_ORGANIZATION: 'acme' };
  const given = runnerEnvironment({ ...github, FORGE: 'github' });
  expect(given).toMatchObject({ ...github, FORGE: 'github', GITHUB_API_URL: 'https://api.github.com' });
  for (const forge of ['none', 'folder']) {
    const names = Object.keys(runnerEnvironment({ ...github, FORGE: forge }));
    expect(names.filter((name) => name.startsWith('GITHUB_'))).toEqual([]);
  }
});
