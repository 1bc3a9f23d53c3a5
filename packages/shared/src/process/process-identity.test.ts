import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { identifyProcess, isAlive } from './process-identity.ts';

test('a process keeps its identity as long as it lives', () => {
  const mine = identifyProcess(process.pid);
  expect(mine).toBeDefined();
  expect(identifyProcess(process.pid)).toEqual(mine);
  expect(mine !== undefined && isAlive(mine)).toBe(true);
});

test('a pid that was given to another process is not the old one', () => {
  const mine = identifyProcess(process.pid);
  expect(isAlive({ pid: process.pid, startedAt: `${mine?.startedAt}0` })).toBe(false);
});

test('two processes started one after the other differ in more than their pid', async () => {
  const first = spawn('sleep', ['60']);
  await sleep(30); // the kernel counts starts in hundredths of a second
  const second = spawn('sleep', ['60']);
  try {
    expect(identifyProcess(first.pid ?? 0)?.startedAt).not.toBe(identifyProcess(second.pid ?? 0)?.startedAt);
  } finally {
    first.kill('SIGKILL');
    second.kill('SIGKILL');
  }
});

test('a process that ended is gone', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identifyProcess(child.pid ?? 0);
  expect(identity).toBeDefined();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(identity !== undefined && isAlive(identity)).toBe(false);
  expect(identifyProcess(child.pid ?? 0)).toBeUndefined();
});

test('a zombie is gone: nothing of it runs', async () => {
  // The shell is replaced by a program that never looks after the shell's child, which ends only then.
  const parent = spawn('/bin/sh', ['-c', 'cat <&3 & echo $!; exec 3<&-; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  try {
    if (parent.stdout === null) throw new Error('a pipe');
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(line.toString());
    const program = (): string => execFileSync('ps', ['-o', 'comm=', '-p', String(parent.pid)]).toString();
    await expect.poll(program, { interval: 5 }).toContain('sleep');
    parent.stdio[3]?.destroy();
    await expect.poll(() => identifyProcess(zombie), { interval: 5 }).toBeUndefined();
    expect(process.kill(zombie, 0)).toBe(true); // its pid is still taken
  } finally {
    parent.kill('SIGKILL');
  }
});

test('what cannot be a pid has no identity', () => {
  for (const pid of [0, -1, 1.5, Number.NaN]) expect(identifyProcess(pid)).toBeUndefined();
});
