import type { UserKey } from '@runnel/shared';
import { memoryLaunchQueue } from '@runnel/shared/testing';
import { expect, test } from 'vitest';
import { queuePlaceTeller } from './tell-queue-places.ts';

test('whoever waits at two looks in a row sees their place, and again when it changes', async () => {
  const queue = memoryLaunchQueue();
  const said: string[] = [];
  const look = queuePlaceTeller(queue, {
    cause: () => Promise.reject(new Error('not here')),
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
    cause: () => Promise.reject(new Error('not here')),
    line: async (_, text) => void said.push(text),
  });
  await queue.add({ user: 'T0:U1', generation: '100' });
  await look();
  await queue.work(1, async () => undefined);
  await look();
  expect(said).toEqual([]);
});
