import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findMarked, identifyProcess, isAlive, type ProcessIdentity } from '@runnel/shared/process';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { execPath, mainOf } from '../support/run-process.ts';

let data: string;
let started: Child[] = [];

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'runnel-start-'));
});
afterEach(async () => {
  for (const one of started) one.kill('SIGKILL');
  await Promise.allSettled(started);
  // What a test that failed has left.
  for (const child of await childrenOf().catch(() => [])) if (isAlive(child)) process.kill(child.pid, 'SIGKILL');
  for (const pid of await podProcesses().catch(() => [])) process.kill(pid, 'SIGKILL');
  started = [];
  await rm(data, { recursive: true, force: true });
});

type Started = { readonly process: Child; readonly out: () => string; readonly err: () => string };

const runStart = (args: string[], settings: NodeJS.ProcessEnv = {}) =>
  execa(execPath(), [mainOf('dev'), ...args], {
    env: { RUNNEL_DATA: data, REDIS_URL: '', ...settings },
    reject: false,
    stdin: 'ignore',
  });
type Child = ReturnType<typeof runStart>;

function start(...args: string[]): Started {
  return listen(runStart(args));
}

function listen(child: Child): Started {
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  started.push(child);
  return { process: child, out: () => out, err: () => err };
}

async function link(run: Started): Promise<string> {
  const find = (): string => /http:\/\/127\.0\.0\.1:\d+\/\?token=\w+/.exec(run.out())?.[0] ?? '';
  await expect.poll(find, { timeout: 60_000 }).not.toBe('');
  return find();
}

/** Everything that runs in the pods of this data folder. */
async function podProcesses(): Promise<number[]> {
  const uids = (await readdir(join(data, 'pods', 'pods'), { recursive: true })).filter(
    (path) => path.split('/').length === 2,
  );
  const pids = await Promise.all(uids.map((path) => findMarked('RUNNEL_POD', basename(path))));
  return pids.flat();
}

async function childrenOf(): Promise<ProcessIdentity[]> {
  const record: { children: ProcessIdentity[] } = JSON.parse(await readFile(join(data, 'lock.json'), 'utf8'));
  return record.children;
}

test('--say runs one message through everything, prints the thread and exits 0, also when the command failed', async () => {
  const failed = start('--say', 'echo hello; exit 7');
  expect(await failed.process).toMatchObject({ exitCode: 0 });
  expect(failed.out()).toMatch(/echo hello[^]*Runnel: [^]*hello[^]*exit code 7/);
});

test('a start prints one link; --say talks to it; a second start says that it runs; Ctrl-C saves and ends all of it', async () => {
  const run = start();
  const address = await link(run);
  expect(run.out().trim().split('\n')).toHaveLength(1);
  expect(await start('--say', 'echo kept > file.txt').process).toMatchObject({ exitCode: 0 });
  const second = start();
  expect(await second.process).toMatchObject({ exitCode: 0 });
  expect(second.out()).toContain(address);

  const children = await childrenOf();
  expect(children.length).toBeGreaterThanOrEqual(3);
  expect(children.every((child) => isAlive(child))).toBe(true);
  const asked = performance.now();
  run.process.kill('SIGINT');
  expect(await run.process).toMatchObject({ exitCode: 0 });
  expect(performance.now() - asked).toBeLessThan(12_000);
  expect(children.some((child) => isAlive(child))).toBe(false);
  expect(await podProcesses()).toEqual([]);

  const again = start();
  await link(again);
  again.process.kill('SIGINT');
  await again.process;
  expect(await readFile(join(data, 'conversations.json'), 'utf8'), 'written anew').toContain('echo kept');
});

test('an agent without a key: the start says so, and the message is kept, with what to do', async () => {
  const settings = { AGENT_PROVIDER: 'claude', ANTHROPIC_API_KEY: '' };
  const refused = listen(runStart([], settings));
  expect(await refused.process).toMatchObject({ exitCode: 1 });
  expect(await readFile(join(data, 'logs', 'launcher.log'), 'utf8')).toMatch(/ANTHROPIC_API_KEY is not set/);

  const run = listen(runStart([], { ...settings, AGENT_CREDENTIAL: 'later' }));
  await link(run);
  await expect.poll(() => run.err()).toMatch(/Claude Code has no key for its model: .* with ANTHROPIC_API_KEY set/);
  const said = start('--say', 'write a test');
  expect(await said.process).toMatchObject({ exitCode: 0 });
  expect(said.out()).toMatch(/`ANTHROPIC_API_KEY`[^]*This message is kept\.[^]*- write a test/);
  run.process.kill('SIGINT');
  expect(await run.process).toMatchObject({ exitCode: 0 });
});

test('a second Ctrl-C ends at once, and so that nothing is left', async () => {
  const run = start();
  await link(run);
  const say = start('--say', 'trap "" TERM; sleep 100');
  await expect.poll(() => say.err()).toMatch(/working/);
  const children = await childrenOf();
  run.process.kill('SIGINT');
  // Two signals at the same time would be one.
  await expect.poll(() => run.err()).toMatch(/Ctrl-C again/);
  run.process.kill('SIGINT');
  const asked = performance.now();
  expect(await run.process).toMatchObject({ exitCode: 130 });
  expect(performance.now() - asked).toBeLessThan(6_000);
  expect(await say.process).toMatchObject({ exitCode: 1 });
  await expect.poll(() => children.some((child) => isAlive(child))).toBe(false);
  await expect.poll(podProcesses).toEqual([]);
});

test('what a killed run left is ended by the next one, and the message it was at is answered', async () => {
  // The lease of the runner that is ended may have all its time to go.
  const settings = { LEASE_DURATION: '6s', LEASE_MARGIN: '1s', CALL_TIMEOUT: '3s' };
  const run = listen(runStart([], settings));
  await link(run);
  const say = start('--say', 'sleep 3; echo after all');
  await expect.poll(() => say.err()).toMatch(/working/);
  const children = await childrenOf();
  const left = (await podProcesses()).flatMap((pid) => identifyProcess(pid) ?? []);
  expect(left.length).toBeGreaterThan(0);
  run.process.kill('SIGKILL');
  await run.process;
  expect(
    children.every((child) => isAlive(child)),
    'a killed run leaves its children',
  ).toBe(true);
  const again = listen(runStart([], settings));
  await link(again);
  expect([...children, ...left].filter((one) => isAlive(one))).toEqual([]);
  await expect
    .poll(() => readFile(join(data, 'conversations.json'), 'utf8'), { timeout: 60_000 })
    .toMatch(/after all\\n/);
  again.process.kill('SIGINT');
  await again.process;
});

test('what is not understood is refused in a sentence', async () => {
  const empty = start('--say', '');
  expect(await empty.process).toMatchObject({ exitCode: 1 });
  expect(empty.err()).toMatch(/--say needs a message/);
  const unknown = start('--frobnicate');
  expect(await unknown.process).toMatchObject({ exitCode: 1 });
  expect(unknown.err()).toMatch(/--frobnicate/);
});
