import { expect, test } from 'vitest';
import { runnerConfiguration, type RunnerSettings } from './config.ts';

const fit = {
  REDIS_URL: 'redis://127.0.0.1:6379',
  SLACK_BOT_TOKEN: 'xoxb-1',
  RUNNER_USER_KEY: 'T0LOCAL:U0ADA',
  RUNNER_GENERATION: '1',
  RUNNER_OWNER: 'pod',
  RUNNER_HOME: '/tmp/home',
  STATE_DIR: '/tmp/state',
  AGENT_PROVIDER: 'shell',
  ALLOWED_USERS: 'U0GRACE,U0ADA',
};

/** Every value as the process would read it; throws what a setting complains about. */
function read(env: NodeJS.ProcessEnv): RunnerSettings {
  const entries = Object.entries(runnerConfiguration.table).map(([name, option]) => {
    const text = env[option.env] ?? option.fallback;
    if (text === undefined && option.needed !== undefined) return [name, ''];
    if (text === undefined) throw new Error(`${option.env} is not set`);
    return [name, option.parse(text)];
  });
  return Object.fromEntries(entries) as RunnerSettings;
}

function faults(changes: NodeJS.ProcessEnv): string {
  try {
    return runnerConfiguration.check(read({ ...fit, ...changes })).join('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

test('settings that fit are read, with the defaults of the protocol', () => {
  expect(read(fit)).toMatchObject({
    user: 'T0LOCAL:U0ADA',
    idleTimeoutMs: 300_000,
    maxLifetimeMs: 43_200_000,
    drainMs: 12_000,
    inboxTickMs: 5_000,
    turnConcurrency: 4,
    leaseMs: 30_000,
  });
});

test('the shell runs only for people who are named', () => {
  expect(faults({ ALLOWED_USERS: '' })).toContain('ALLOWED_USERS must name them');
  expect(faults({ ALLOWED_USERS: 'U0GRACE' })).toContain('ALLOWED_USERS does not name U0ADA');
  expect(faults({ ALLOWED_USERS: '', AGENT_PROVIDER: 'scripted,shell' })).toContain('ALLOWED_USERS must name them');
  expect(faults({ ALLOWED_USERS: '', AGENT_PROVIDER: 'scripted' })).toBe('');
});

test('a provider has to be named: none is the default', () => {
  expect(faults({ AGENT_PROVIDER: undefined })).toContain('AGENT_PROVIDER is not set');
});

test.each([
  [{ RUNNER_USER_KEY: 'ada' }, 'must be a team id and a user id'],
  [{ CALL_TIMEOUT: '20s' }, 'CALL_TIMEOUT (20000ms) must be shorter'],
  [{ RUNNER_IDLE_TIMEOUT: '13h' }, 'RUNNER_IDLE_TIMEOUT (46800000ms) must be shorter than RUNNER_MAX_LIFETIME'],
  [{ RUNNER_MAX_LIFETIME: '10s', RUNNER_IDLE_TIMEOUT: '1s' }, 'RUNNER_DRAIN (12000ms) must be shorter'],
])('%o does not nest or cannot be read, and says so', (changes, complaint) => {
  expect(faults(changes)).toContain(complaint);
});

const byApp = { GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: '-----BEGIN', GITHUB_APP_INSTALLATION_ID: '2' };

test.each([{ GITHUB_TOKEN: 'ghp_1' }, byApp])('GitHub is come in to by %o', (way) => {
  expect(faults({ FORGE: 'github', ...way, GITHUB_TEMPLATE: 'acme/start.js' })).toBe('');
});

test.each([{}, { ...byApp, GITHUB_APP_ID: '' }, { ...byApp, GITHUB_TOKEN: 'ghp_1' }])(
  'GitHub is not come in to by %o',
  (way) => {
    expect(faults(way)).toBe('');
    expect(faults({ FORGE: 'github', ...way })).toContain('either with GITHUB_TOKEN or with all of GITHUB_APP_ID');
  },
);

test('repositories that may be chosen are named whole, or by their owner', () => {
  expect(faults({ REPOSITORIES: 'acme/shop.js, acme-tools/*' })).toBe('');
  for (const wrong of [
    'acme',
    'acme/*/x',
    '*',
    '*/*',
    'acme/sh*',
    'https://github.com/acme/shop',
    'acme/shop acme/x',
  ]) {
    expect(faults({ REPOSITORIES: wrong }), wrong).toContain('must be names like owner/name or owner/*');
  }
});

test('a template of GitHub has an owner and a name', () => {
  const found = faults({ FORGE: 'github', GITHUB_TOKEN: 'ghp_1', GITHUB_TEMPLATE: 'https://github.com/acme/start' });
  expect(found).toContain('GITHUB_TEMPLATE (https://github.com/acme/start) must be owner/name');
});
