import type { UserKey } from '@runnel/shared';
import { memoryLaunchQueue } from '@runnel/shared/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { queuePlaceTeller } from './tell-queue-places.ts';

test('whoever waits at two looks in a row sees their place, and again when it changes', async () => {
  const queue = memoryLaunchQueue();
  const said: string[] = [];
  const look = queuePlaceTeller(queue, {
    line: async (user, text) => void said.push(`${user} ${text}`),
  });
  const launch = (n: number): { user: UserKey; generation: string } => ({ user: `T0:U${n}`, generation: '100' });
  await queue.add(launch(1));
  await look();
  expect(said).toEqual([]);
  await queue.add(launch(2));
  await look();
  expect(said).toEqual(['T0:U1 is waiting for a free runner: 1st in line']);
  await look();
  await look();
  expect(said.slice(1)).toEqual(['T0:U2 is waiting for a free runner: 2nd in line']);
  await queue.add(launch(3), 'head');
  await look();
  await look();
  expect(said.slice(2)).toEqual([
    'T0:U1 is waiting for a free runner: 2nd in line',
    'T0:U2 is waiting for a free runner: 3rd in line',
    'T0:U3 is waiting for a free runner: 1st in line',
  ]);
});

test('a job that only passes through says nothing', async () => {
  const queue = memoryLaunchQueue();
  const said: string[] = [];
  const look = queuePlaceTeller(queue, {
    line: async (_, text) => void said.push(text),
  });
  await queue.add({ user: 'T0:U1', generation: '100' });
  await look();
  await queue.work(1, async () => undefined);
  await look();
  expect(said).toEqual([]);
});

test('a line that moves at each look costs no storm of lines, and no look reads more than a few jobs', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const queue = memoryLaunchQueue();
  for (let n = 1; n <= 500; n += 1) await queue.add({ user: `T0:U${n}`, generation: '100' });
  const said: string[] = [];
  let read = 0;
  const counting = {
    ...queue,
    find: (name: string) => {
      read += 1;
      return queue.find(name);
    },
  };
  const look = queuePlaceTeller(counting, { line: async (user, text) => void said.push(`${user} ${text}`) });
  for (let second = 0; second < 120; second += 1) {
    vi.advanceTimersByTime(1_000);
    await queue.add({ user: `T0:UHEAD${second}`, generation: '100' }, 'head');
    await look();
  }
  expect(said.length).toBeGreaterThan(50);
  expect(said.length).toBeLessThanOrEqual(2 * 30 + 10);
  expect(read).toBe(said.length);
  expect(said.slice(0, 5)).toContain('T0:U1 is waiting for a free runner: 3rd in line');
});

test('of two launchers one tells, and the other one when the first is gone', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const queue = memoryLaunchQueue();
  await queue.add({ user: 'T0:U1', generation: '100' });
  const said: string[] = [];
  const [first, second] = ['first', 'second'].map((name) =>
    queuePlaceTeller(queue, { line: async (_, text) => void said.push(`${name} ${text}`) }),
  );
  for (let n = 0; n < 3; n += 1) {
    vi.advanceTimersByTime(1_000);
    await first?.();
    await second?.();
  }
  expect(said).toEqual(['first is waiting for a free runner: 1st in line']);
  vi.advanceTimersByTime(6_000);
  await second?.();
  await second?.();
  expect(said.slice(1)).toEqual(['second is waiting for a free runner: 1st in line']);
});
