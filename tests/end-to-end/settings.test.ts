import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSlackStandIn, type SlackStandIn } from '@runnel/dev';
import { startRedisServer } from '@runnel/shared/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToEnd } from '../support/run-process.ts';

let slack: SlackStandIn;
let complete: NodeJS.ProcessEnv;
let folder: string;
const processes = ['ingress', 'launcher'] as const;

beforeAll(async () => {
  slack = await startSlackStandIn({ appToken: 'xapp-right', botToken: 'xoxb-right' });
  folder = await mkdtemp(join(tmpdir(), 'runnel-settings-'));
  complete = {
    REDIS_URL: 'redis://127.0.0.1:1',
    SLACK_API_URL: slack.url,
    SLACK_BOT_TOKEN: 'xoxb-right',
    SLACK_APP_TOKEN: 'xapp-right',
    AGENT_PROVIDER: 'shell',
    ALLOWED_USERS: 'U0ADA',
    PODS_DIR: join(folder, 'pods'),
    STATE_DIR: join(folder, 'state'),
  };
});
afterAll(async () => {
  await slack.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(processes)('%s without settings lists all that is missing, with examples, and exits 78', async (name) => {
  const { exitCode, stderr } = await runToEnd(name, {});
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/REDIS_URL is not set.*For example REDIS_URL=redis:/);
  expect(stderr).toMatch(/SLACK_BOT_TOKEN is not set/);
});

test.each(processes)('%s lists malformed settings together', async (name) => {
  const { exitCode, stderr } = await runToEnd(name, {
    ...complete,
    REDIS_URL: 'http://nowhere',
    LEASE_DURATION: '30',
    LOG_LEVEL: 'loud',
  });
  expect(exitCode).toBe(78);
  for (const setting of ['REDIS_URL must', 'LEASE_DURATION must', 'LOG_LEVEL must']) expect(stderr).toContain(setting);
});

test('time-outs that do not nest, and a shell open to everybody, are refused with the rule', async () => {
  const { exitCode, stderr } = await runToEnd('launcher', {
    ...complete,
    CALL_TIMEOUT: '40s',
    RUNNER_DRAIN: '30s',
    ALLOWED_USERS: '',
  });
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/CALL_TIMEOUT .* must be shorter than LEASE_DURATION/);
  expect(stderr).toMatch(/RUNNER_DRAIN .*POD_GRACE/);
  expect(stderr).toMatch(/ALLOWED_USERS/);
});

test('a runner refuses settings as the others do', async () => {
  const { exitCode, stderr } = await runToEnd('runner', { ...complete, AGENT_PROVIDER: 'magic' });
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/AGENT_PROVIDER must be one of/);
});

test.each([...processes, 'runner'] as const)('%s --help names every setting and exits 0', async (name) => {
  const { exitCode, stdout } = await runToEnd(name, {}, ['--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/REDIS_URL[^]*default/);
});

test.each(processes)('%s says in a sentence that Redis does not answer', async (name) => {
  const { exitCode, stderr } = await runToEnd(name, complete);
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/Redis does not answer at 127\.0\.0\.1:1/);
});

test.each(processes)('%s refuses a Redis that may evict leases', async (name) => {
  await using redis = await startRedisServer({ args: ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'] });
  const { exitCode, stderr } = await runToEnd(name, { ...complete, REDIS_URL: redis.url });
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/may evict leases.*noeviction/);
});

test.each(processes)('%s refuses a Redis that is too old', async (name) => {
  // A server that says it is old: the real one of that age is in no package any more.
  const old = await pretendOldRedis();
  const { exitCode, stderr } = await runToEnd(name, { ...complete, REDIS_URL: `redis://127.0.0.1:${old.port}` });
  old.server.close();
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/is 5\.0\.14; Runnel needs 6\.2 or newer/);
});

test.each(processes)('%s says in a sentence that Slack refuses the token', async (name) => {
  await using redis = await startRedisServer();
  const { exitCode, stderr } = await runToEnd(name, {
    ...complete,
    REDIS_URL: redis.url,
    SLACK_BOT_TOKEN: 'xoxb-wrong',
    SLACK_APP_TOKEN: 'xapp-wrong',
  });
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(/\[slack_auth\].*token/i);
});

async function pretendOldRedis(): Promise<{ server: Server; port: number }> {
  const info = 'redis_version:5.0.14\r\nredis_mode:standalone\r\nrole:master\r\n';
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    // Several commands may come in one piece; each begins with the number of its words.
    socket.on('data', (chunk) => {
      for (const command of String(chunk)
        .toUpperCase()
        .split(/^\*\d+\r\n/m)
        .filter(Boolean)) {
        if (command.includes('INFO\r\n')) socket.write(`$${info.length}\r\n${info}\r\n`);
        else if (command.includes('HELLO')) socket.write("-ERR unknown command 'HELLO'\r\n");
        else socket.write('+OK\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a port');
  return { server, port: address.port };
}
