import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { endMarked, findMarked, listMarked } from './marked-processes.ts';

const MARK = 'RUNNEL_TEST_MARK';

test('a marked process, its children and those in sessions of their own are found', async () => {
  const mark = randomUUID();
  // Of the four: the shell, a child, one in its own session, and an orphan in its own session.
  await startShell(mark, 'sleep 60 & setsid sleep 60 & (setsid sleep 60 &) ; echo started; wait');
  await expect.poll(() => countOf(mark), { interval: 10 }).toBe(4);
});

test('a child with a cleaned environment belongs to the process that started it', async () => {
  const mark = randomUUID();
  await startShell(mark, 'env -i /bin/sleep 60 & echo started; wait');
  await expect.poll(() => countOf(mark), { interval: 10 }).toBe(2);
});

test('an orphan with a cleaned environment belongs to the session it was started in', async () => {
  const mark = randomUUID();
  await startShell(mark, '(env -i /bin/sleep 60 &); echo started; sleep 60');
  await expect.poll(() => countOf(mark), { interval: 10 }).toBe(3);
});

test('another value, or a value that only begins alike, is not found', async () => {
  const mark = randomUUID();
  await startShell(`${mark}-longer`, 'echo started; sleep 60');
  await expect.poll(async () => (await listMarked(MARK)).get(`${mark}-longer`)?.length, { interval: 10 }).toBe(2);
  expect(await findMarked(MARK, mark)).toEqual([]);
});

test('a variable whose name only begins alike is no mark', async () => {
  const mark = randomUUID();
  await startShell(mark, 'echo started; exec sleep 60', { [`${MARK}ER`]: 'another' });
  expect(await findMarked(MARK, mark)).toHaveLength(1);
});

test('ending leaves nothing behind, not even of a process that forks all the time', async () => {
  const mark = randomUUID();
  const other = await startShell(randomUUID(), 'echo started; exec sleep 60');
  await startShell(mark, 'echo started; while :; do (setsid sleep 60 &) ; done');
  await expect.poll(() => countOf(mark), { interval: 10 }).toBeGreaterThan(20);
  expect(await endMarked(MARK, mark)).toEqual([]);
  expect(await findMarked(MARK, mark)).toEqual([]);
  expect(other.exitCode).toBeNull();
  expect(other.signalCode).toBeNull();
});

test('a stopped process is ended too', async () => {
  const mark = randomUUID();
  const child = await startShell(mark, 'echo started; exec sleep 60');
  child.kill('SIGSTOP');
  expect(await endMarked(MARK, mark)).toEqual([]);
});

async function countOf(mark: string): Promise<number> {
  return (await findMarked(MARK, mark)).length;
}

async function startShell(mark: string, script: string, more: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  const env = { PATH: process.env['PATH'] ?? '', ...more, [MARK]: mark };
  const child = spawn('/bin/sh', ['-c', script], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(async () => void (await endMarked(MARK, mark)));
  await once(child.stdout, 'data');
  return child;
}
