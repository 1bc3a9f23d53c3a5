// What a runner tells who may end it: answered by its renewal thread, from when it has its lease.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { freePort } from '@runnel/shared/process';
import { expect, test } from 'vitest';
import { openRunnerStage } from './start-runner.ts';

const blocker = new URL('./block-main-thread.mjs', import.meta.url).href;

async function probe(port: number): Promise<number | string> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) })).status;
  } catch {
    return 'no answer';
  }
}

test('alive from when it has its lease, with a main thread that is busy too, until its bound', async () => {
  const stage = await openRunnerStage();
  const port = await freePort();
  await stage.say('echo hello; sleep 60');
  expect(await probe(port)).toBe('no answer');
  const runner = await stage.start({ PROBE_PORT: String(port), NODE_OPTIONS: `--import=${blocker}` });
  await expect.poll(() => probe(port)).toBe(200);
  runner.kill('SIGUSR2');
  // Two leases: till then somebody else may only be slow. The thread answers all the while, then ends the process.
  const answers: (number | string)[] = [];
  const asking = setInterval(() => void probe(port).then((answer) => answers.push(answer)), 250);
  expect(await runner.exited).toBe('SIGKILL');
  clearInterval(asking);
  expect(answers.slice(0, 4)).toEqual([200, 200, 200, 200]);
  expect(await probe(port)).toBe('no answer');
});

test('alive while it drains, and gone with its process', async () => {
  const stage = await openRunnerStage();
  const port = await freePort();
  await stage.say('sleep 60');
  const runner = await stage.start({ PROBE_PORT: String(port) });
  await expect.poll(() => probe(port)).toBe(200);
  runner.kill('SIGTERM');
  const answers = new Set<number | string>();
  const asking = setInterval(() => void probe(port).then((answer) => answers.add(answer)), 20);
  expect(await runner.exited).toBe(0);
  clearInterval(asking);
  expect(answers).not.toContain(503);
});

test.runIf(process.platform === 'linux')('without the setting it listens nowhere', async () => {
  const stage = await openRunnerStage();
  await stage.say('sleep 60');
  const port = await freePort();
  const probed = await stage.start({ PROBE_PORT: String(port) });
  await expect.poll(() => probe(port)).toBe(200);
  expect(listening(probed.pid)).toHaveLength(1);
  probed.kill('SIGKILL');
  await stage.endOf(probed, false);
  const runner = await stage.start();
  await stage.answered(await stage.say('echo hello'), ['hello']);
  expect(listening(runner.pid)).toEqual([]);
});

/** The sockets of a process on which it takes connections. */
function listening(pid: number): string[] {
  const LISTEN = '0A';
  const tables = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').split('\n').slice(1),
  );
  const sockets = tables.map((line) => line.trim().split(/\s+/)).filter((fields) => fields[3] === LISTEN);
  const inodes = new Set(sockets.map((fields) => `socket:[${fields[9]}]`));
  return readdirSync(`/proc/${pid}/fd`)
    .map((fd) => targetOf(`/proc/${pid}/fd/${fd}`))
    .filter((target) => inodes.has(target));
}

/** It may have been closed since it was listed. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
