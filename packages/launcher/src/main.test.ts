import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerName, type UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { endMarked } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings, freshRedisUrl, promptOf } from '@runnel/shared/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Pod } from './pod-backend.ts';
import { processPodBackend } from './process-pod-backend.ts';

const soon = { interval: 20 };
const launcherProgram = fileURLToPath(new URL('./main.ts', import.meta.url));
const runnerProgram = fileURLToPath(new URL('./testing/played-runner.testprogram.ts', import.meta.url));
const user = (n: number): UserKey => `T0:U${n}`;

// One that drains: tests/end-to-end/concurrency.test.ts.
test(
  'with room for two, launchers that are killed neither make a third runner nor change the order of five people',
  { timeout: 60_000 },
  async () => {
    const fleet = await openFleet({ RUNNER_CONCURRENCY: '2' });
    const first = await fleet.startLauncher();
    for (let n = 1; n <= 5; n += 1) await fleet.write(user(n));
    await expect.poll(() => fleet.acquired(), soon).toHaveLength(2);
    const second = await fleet.startLauncher();
    first.kill('SIGKILL');
    await once(first, 'exit');
    // The successor takes the jobs of both runners, who notice nothing.
    await fleet.go(user(1));
    await expect.poll(() => fleet.acquired(), soon).toHaveLength(3);
    await fleet.startLauncher();
    second.kill('SIGKILL');
    await fleet.go(user(2));
    await expect.poll(() => fleet.acquired(), soon).toHaveLength(4);
    for (const n of [3, 4, 5]) await fleet.go(user(n));
    await expect.poll(() => fleet.isQuiet(), soon).toBe(true);
    const acquired = await fleet.acquired();
    // Which of the first two processes was faster is chance.
    expect([...acquired.slice(0, 2).toSorted(), ...acquired.slice(2)]).toEqual([1, 2, 3, 4, 5].map(user));
    expect(fleet.most()).toBe(2);
  },
);

test('a runner that is killed has a successor, and one that nobody watched too', { timeout: 60_000 }, async () => {
  const fleet = await openFleet({});
  const launcher = await fleet.startLauncher();
  await fleet.write(user(1));
  await expect.poll(() => fleet.acquired(), soon).toHaveLength(1);
  await fleet.killRunner(user(1));
  await expect.poll(() => fleet.acquired(), soon).toHaveLength(2);
  launcher.kill('SIGKILL');
  await fleet.killRunner(user(1));
  await fleet.startLauncher();
  await expect.poll(() => fleet.acquired(), soon).toHaveLength(3);
  await fleet.go(user(1));
  await expect.poll(() => fleet.isQuiet(), soon).toBe(true);
  expect(fleet.most()).toBe(1);
});

test(
  'a runner that hangs before it has its lease is ended, and its successor serves',
  { timeout: 60_000 },
  async () => {
    const folder = await temporaryFolder();
    const hangsOnce = join(folder, 'runner.sh');
    const hung = join(folder, 'hung');
    const script = `[ -e ${hung} ] && exec ${process.execPath} ${runnerProgram}\ntouch ${hung}; sleep 600`;
    await writeFile(hangsOnce, script);
    const fleet = await openFleet({ RUNNER_COMMAND: `/bin/sh ${hangsOnce}`, RUNNER_START_TIMEOUT: '5s' });
    await fleet.startLauncher();
    await fleet.write(user(1));
    await expect.poll(() => fleet.acquired(), soon).toHaveLength(1);
    await fleet.go(user(1));
    await expect.poll(() => fleet.isQuiet(), soon).toBe(true);
    expect(fleet.most()).toBe(1);
  },
);

describe('at its start', () => {
  test('lists every fault of its settings and exits with 78', async () => {
    const { code, said } = await runOnce({
      ...(await settings()),
      AGENT_PROVIDER: 'shell',
      POD_GRACE: '1s',
      JOB_LOCK: '30s',
      STATE_DIR: 's',
    });
    expect(code).toBe(78);
    for (const name of ['ALLOWED_USERS', 'POD_GRACE', 'JOB_LOCK']) expect(said).toContain(name);
    const missing = await runOnce({});
    expect(missing.code).toBe(78);
    const required = ['REDIS_URL', 'SLACK_BOT_TOKEN', 'AGENT_PROVIDER', 'PODS_DIR', 'STATE_DIR'];
    for (const name of required) expect(missing.said).toContain(name);
  });

  test(
    'on a cluster misses what a cluster needs, and nothing that only a machine does',
    { timeout: 60_000 },
    async () => {
      const { PODS_DIR: _pods, STATE_DIR: _state, ...env } = await settings({ POD_BACKEND: 'kubernetes' });
      const { code, said } = await runOnce(env);
      expect(code).toBe(78);
      for (const name of ['RUNNER_IMAGE', 'STATE_CLAIM']) expect(said).toContain(name);
      for (const name of ['PODS_DIR', 'STATE_DIR']) expect(said).not.toContain(name);
      const nowhere = await runOnce({ ...env, RUNNER_IMAGE: 'runner:1', STATE_CLAIM: 'state' });
      expect(nowhere.code).toBe(78);
      expect(nowhere.said).toMatch(/^\[config_invalid\] KUBECONFIG is not set, and this process is in no pod/);
      const profiled = { RUNNER_IMAGE: 'runner:1', STATE_CLAIM: 'state', RUNNER_PROFILE: 'large' };
      expect((await runOnce({ ...env, ...profiled })).said).toContain('there is only interactive');
    },
  );

  test('says that Slack refuses the token', async () => {
    const slack = await startSlack({ ok: false, error: 'invalid_auth' });
    const { code, said } = await runOnce({ ...(await settings()), SLACK_API_URL: slack });
    expect(code).toBe(1);
    expect(said).toMatch(/^\[slack_auth\] .*invalid_auth/);
  });

  test('says that Redis is not there', async () => {
    const { code, said } = await runOnce({ ...(await settings()), REDIS_URL: 'redis://127.0.0.1:1' });
    expect(code).toBe(69);
    expect(said).toMatch(/^\[redis_unreachable\]/);
  });
});

async function settings(own: NodeJS.ProcessEnv = {}): Promise<NodeJS.ProcessEnv> {
  const folder = await temporaryFolder();
  return {
    PATH: process.env['PATH'],
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
    REDIS_URL: await freshRedisUrl(),
    SLACK_API_URL: await startSlack({ ok: true, team_id: 'T0', user_id: 'U0', ts: '1.0', messages: [] }),
    SLACK_BOT_TOKEN: 'xoxb-test',
    PODS_DIR: join(folder, 'pods'),
    STATE_DIR: join(folder, 'state'),
    AGENT_PROVIDER: 'scripted',
    HTTP_PORT: '0',
    RUNNER_COMMAND: `${process.execPath} ${runnerProgram}`,
    LEASE_DURATION: '2s',
    LEASE_MARGIN: '300ms',
    CALL_TIMEOUT: '1s',
    LAUNCH_BACKOFF: '100ms',
    SWEEP_INTERVAL: '300ms',
    RECONCILE_INTERVAL: '500ms',
    JOB_LOCK: '1s',
    STALLED_CHECK: '500ms',
    POD_GRACE: '2500ms',
    RUNNER_DRAIN: '1200ms',
    ...own,
  };
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'runnel-launcher-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return folder;
}

async function openFleet(own: NodeJS.ProcessEnv) {
  const env = await settings(own);
  const redisUrl = env['REDIS_URL'] ?? '';
  const redis = connectRedis(redisUrl, 'commands', fail);
  const queue = bullmqLaunchQueue({ redisUrl, jobLockMs: 1_000, stalledCheckMs: 500, onError: fail });
  const delivery = new RedisDelivery(redis, { ...deliveryTestSettings, leaseMs: 2_000 });
  const pods = await processPodBackend({
    folder: env['PODS_DIR'] ?? '',
    command: [],
    environment: {},
    memoryBytes: 1e12,
    onError: fail,
  });
  const launchers: ChildProcess[] = [];
  const active = async (): Promise<Pod[]> => (await pods.list()).filter((pod) => pod.end === undefined);
  let most = 0;
  const counting = setInterval(() => void active().then(({ length }) => (most = Math.max(most, length)), fail), 20);
  onTestFinished(async () => {
    clearInterval(counting);
    for (const child of launchers) child.kill('SIGKILL');
    for (const pod of await pods.list()) await endMarked('RUNNEL_POD', pod.uid);
    await queue.close();
    redis.disconnect();
  });
  return {
    async startLauncher(): Promise<ChildProcess> {
      const child = startLauncher(env);
      launchers.push(child);
      await once(child.stdout ?? child, 'data');
      return child;
    },
    async write(person: UserKey): Promise<void> {
      const { hint } = await delivery.enqueue({ user: person, identity: 'a', payload: promptOf('hello') });
      if (hint.kind === 'wake') await queue.add({ user: person, generation: hint.generation });
    },
    acquired: (): Promise<string[]> => redis.lrange('acquired', 0, '-1'),
    go: (person: UserKey) => redis.set(`go:${person}`, '1'),
    async killRunner(person: UserKey): Promise<void> {
      const pod = await pods.look(runnerName(person));
      if (pod !== undefined) await endMarked('RUNNEL_POD', pod.uid);
    },
    /** Nobody waits and nothing runs. */
    async isQuiet(): Promise<boolean> {
      const states = await Promise.all([1, 2, 3, 4, 5].map((n) => delivery.lease(user(n))));
      return states.every((lease) => lease.state === 'idle') && (await active()).length === 0;
    },
    most: () => most,
  };
}

function startLauncher(env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [launcherProgram], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function runOnce(env: NodeJS.ProcessEnv): Promise<{ code: unknown; said: string }> {
  const child = startLauncher(env);
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, said };
}

/** Answers every call alike: what Slack says is not the subject here. */
async function startSlack(answer: object): Promise<string> {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`;
}

function fail(error: unknown): never {
  throw error;
}
