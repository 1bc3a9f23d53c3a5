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
  });
  expect(environment).toMatchObject({
    PATH: '/bin',
    LANG: 'C.UTF-8',
    SLACK_BOT_TOKEN: 'xoxb-1',
    LEASE_DURATION: '3s',
    RUNNER_IDLE_TIMEOUT: '5m',
    STATE_DIR: `${process.cwd()}/state`,
  });
  for (const name of ['HOME', 'SLACK_APP_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'RUNNER_CONCURRENCY', 'ALLOWED_USERS']) {
    expect(environment).not.toHaveProperty(name);
  }
});
