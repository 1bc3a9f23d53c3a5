import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { createLogger } from '@runnel/shared/process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { holdLease } from './hold-lease.ts';
import { LeaseMemory } from './lease-memory.ts';

test.each([
  ['busy', true],
  ['released', false],
] as const)('after a release that was answered %s it is renewed: %s', async (kind, isRenewed) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const renew = vi.fn<() => Promise<'ok'>>(() => Promise.resolve('ok'));
  const lease = holdLease({
    delivery: { renew, release: () => Promise.resolve({ kind } as never) },
    holder: { user: 'T0:U0', generation: '1', owner: 'pod' },
    memory: new LeaseMemory(),
    thread: Object.assign(new EventEmitter(), { unref: () => undefined }) as unknown as Worker,
    leaseMs: 4_000,
    marginMs: 500,
    renewalMs: 1_000,
    log: createLogger('test', 'silent'),
  });
  await lease.release('idle', new AbortController().signal);
  renew.mockClear();
  vi.advanceTimersByTime(10_000);
  expect(renew.mock.calls.length > 0).toBe(isRenewed);
});
