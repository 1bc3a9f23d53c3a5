import type { LaunchQueue, UserKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { deliveryTestSettings, MemoryDelivery, memoryLaunchQueue, promptOf } from '@runnel/shared/testing';
import { expect, test } from 'vitest';
import { userSweeper } from './sweep-users.ts';

test('a round over a long line reads the line once, and looks up or adds nobody who is in it', async () => {
  const delivery = new MemoryDelivery({ ...deliveryTestSettings, maxBacklog: 100 });
  const queue = memoryLaunchQueue();
  const asked: string[] = [];
  const watched: LaunchQueue = {
    ...queue,
    line: (most) => (asked.push('line'), queue.line(most)),
    has: (launch) => (asked.push(`has ${launch.user}`), queue.has(launch)),
    add: (launch, where) => (asked.push(`add ${launch.user}`), queue.add(launch, where)),
  };
  const unasked = async (): Promise<never> => Promise.reject(new Error('Nobody is told anything here.'));
  const log = createLogger('launcher', 'silent');
  const sweeper = userSweeper({ delivery, queue: watched, teller: { cause: unasked, line: unasked }, log });
  const write = async (user: UserKey, wake: boolean): Promise<void> => {
    const { hint } = await delivery.enqueue({ user, identity: 'a', payload: promptOf('hello') });
    if (wake && hint.kind === 'wake') await queue.add({ user, generation: hint.generation });
  };
  await sweeper.sweepAll();
  expect(asked, 'where nobody waits nothing is read').toEqual([]);
  for (let n = 1; n <= 50; n += 1) await write(`T0:U${n}`, true);
  await write('T0:ULOST', false);
  await sweeper.sweepAll();
  expect(asked).toEqual(['line', 'has T0:ULOST', 'add T0:ULOST']);
  expect(await queue.line(100)).toHaveLength(51);
});
