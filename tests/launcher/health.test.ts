// What a launcher says of itself to Kubernetes: alive as long as a restart would not help, ready only when it can launch.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSlackStandIn, Workspace } from '@runnel/dev';
import { startRedisServer } from '@runnel/shared/testing';
import { expect, onTestFinished, test } from 'vitest';
import { execPath, mainOf } from '../support/run-process.ts';

type Launcher = { readonly child: ChildProcess; readonly url: string };
type Answer = { readonly status: number; readonly body: unknown };

/** A folder, a Slack and a Redis, for any number of launchers. */
async function openStage() {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-launcher-health-'));
  const slack = await startSlackStandIn({ appToken: 'xapp-1', botToken: 'xoxb-1', workspace: new Workspace() });
  const redis = await startRedisServer();
  onTestFinished(async () => {
    await redis.stop();
    await slack.close();
    await rm(folder, { recursive: true, force: true });
  });
  const spawnLauncher = (own: NodeJS.ProcessEnv): ChildProcess => {
    const env = {
      PATH: process.env['PATH'],
      REDIS_URL: redis.url,
      SLACK_API_URL: slack.url,
      SLACK_BOT_TOKEN: 'xoxb-1',
      AGENT_PROVIDER: 'scripted',
      PODS_DIR: join(folder, 'pods'),
      STATE_DIR: join(folder, 'state'),
      HTTP_PORT: '0',
      ...own,
    };
    const child = spawn(execPath(), [mainOf('launcher')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const start = async (own: NodeJS.ProcessEnv = {}): Promise<Launcher> => {
    const child = spawnLauncher(own);
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await expect.poll(() => said).toContain('launcher ready');
    return { child, url: /"url":"([^"]+)"/.exec(said)?.[1] ?? said };
  };
  return { redis, slack, start, spawnLauncher };
}

async function get({ url }: Launcher, path: string): Promise<Answer> {
  const answer = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(5_000) });
  return { status: answer.status, body: await answer.json() };
}

const READY = { status: 200, body: { ready: true, notReady: {} } };
const ALIVE = { status: 200, body: { alive: true } };

test('a call to Slack that fails at the start is made again', async () => {
  const { slack, start } = await openStage();
  slack.faults.next('auth.test', { kind: 'refused-before' }, 2);
  await start();
  expect(slack.record.calls('auth.test')).toHaveLength(3);
});

test('two launchers on one machine are ready; a port that is taken is said in a sentence', async () => {
  const { start, spawnLauncher } = await openStage();
  const [first, second] = await Promise.all([start(), start()]);
  for (const launcher of [first, second]) {
    await expect.poll(() => get(launcher, '/readyz')).toEqual(READY);
    expect(await get(launcher, '/healthz')).toEqual(ALIVE);
    // Without a token that is closed, with the probes open.
    expect((await get(launcher, '/v1/runners')).status).toBe(403);
  }
  const third = spawnLauncher({ HTTP_PORT: new URL(first.url).port });
  let said = '';
  third.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(third, 'close')) as unknown[];
  expect(said).toMatch(/^\[config_invalid\] HTTP_HOST and HTTP_PORT cannot be used \(.*EADDRINUSE.*HTTP_PORT=0/);
  expect(code).toBe(78);
});

test('while Redis is away it is alive and not ready; when it is back it is ready again, without a restart', async () => {
  const { redis, start } = await openStage();
  const launcher = await start();
  await expect.poll(() => get(launcher, '/readyz')).toEqual(READY);
  await redis.kill();
  await expect
    .poll(() => get(launcher, '/readyz'))
    .toMatchObject({ status: 503, body: { ready: false, notReady: { redis: expect.stringContaining('not answer') } } });
  expect(await get(launcher, '/healthz')).toEqual(ALIVE);
  const again = await startRedisServer({ port: redis.port });
  onTestFinished(() => again.stop());
  await expect.poll(() => get(launcher, '/readyz')).toEqual(READY);
  expect(launcher.child.exitCode).toBeNull();
});

test('one that hangs answers nobody, and so it is seen', async () => {
  const { start } = await openStage();
  const launcher = await start();
  expect(await get(launcher, '/healthz')).toEqual(ALIVE);
  launcher.child.kill('SIGSTOP');
  await expect(fetch(`${launcher.url}/healthz`, { signal: AbortSignal.timeout(2_000) })).rejects.toThrow(/timeout/i);
  launcher.child.kill('SIGCONT');
  await expect.poll(() => get(launcher, '/healthz')).toEqual(ALIVE);
});

test('a page of another site cannot ask it under a name of its own', async () => {
  const { start } = await openStage();
  const launcher = await start({ OPERATIONS_TOKEN: 'a-long-random-text' });
  const { port } = new URL(launcher.url);
  // `fetch` does not let the header be chosen.
  const asked = request({ port, host: '127.0.0.1', path: '/v1/runners', headers: { host: 'evil.example' } }).end();
  const [answer] = (await once(asked, 'response')) as [{ statusCode: number }];
  expect(answer.statusCode).toBe(403);
});
