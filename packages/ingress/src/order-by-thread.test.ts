import { expect, test } from 'vitest';
import { orderByThread } from './order-by-thread.ts';

test('work of one thread waits for the work before it, even if that fails; other threads do not', async () => {
  const inOrder = orderByThread();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const failing = inOrder('a', async () => {
    await first.promise;
    done.push('first');
    throw new Error('Redis is away');
  });
  const second = inOrder('a', async () => done.push('second'));
  await inOrder('b', async () => done.push('other'));
  expect(done).toEqual(['other']);
  first.resolve();
  await expect(failing).rejects.toThrow('Redis is away');
  await second;
  expect(done).toEqual(['other', 'first', 'second']);
});
