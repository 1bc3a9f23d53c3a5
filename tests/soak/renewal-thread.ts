// The renewal thread of a host: what each runner has one of in production, for all runners of this process.
import { parentPort, workerData } from 'node:worker_threads';
import { LeaseMemory, renewLease, type RenewalNews } from '@runnel/runner/serving';
import type { Holder } from '@runnel/shared';
import { connectRedis, redisRenewal } from '@runnel/shared/redis-renewal';

export type RenewalThreadData = {
  readonly redisUrl: string;
  readonly leaseMs: number;
  readonly marginMs: number;
  readonly renewalMs: number;
  readonly stallMs: number;
};
export type RenewalOrder =
  | { readonly kind: 'hold'; readonly holder: Holder; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'let_go'; readonly owner: string }
  | { readonly kind: 'deafen'; readonly owner: string; readonly ms: number };
export type RenewalReport = { readonly owner: string; readonly news: RenewalNews | { readonly kind: 'end' } };

/** As in a runner: how long its main thread has to exit with a code of its own. */
const LAST_MOMENT_MS = 250;

const data = workerData as RenewalThreadData;
const redis = connectRedis(data.redisUrl, 'commands', () => undefined);
const renewal = redisRenewal(redis, data.leaseMs);
const deafUntil = new Map<string, number>();
const delivery: typeof renewal = {
  async renew(holder) {
    if ((deafUntil.get(holder.owner) ?? 0) > performance.now()) throw new Error('no answer');
    return renewal.renew(holder);
  },
};
const held = new Map<string, () => void>();

parentPort?.on('message', (order: RenewalOrder) => {
  if (order.kind === 'deafen') {
    deafUntil.set(order.owner, performance.now() + order.ms);
    return;
  }
  if (order.kind === 'let_go') {
    held.get(order.owner)?.();
    held.delete(order.owner);
    deafUntil.delete(order.owner);
    return;
  }
  const { holder, memory } = order;
  const tell = (news: RenewalReport['news']): void => {
    parentPort?.postMessage({ owner: holder.owner, news } satisfies RenewalReport);
  };
  const stop = renewLease({
    ...data,
    delivery,
    holder,
    memory: new LeaseMemory(memory),
    tell,
    endProcess: () => setTimeout(() => tell({ kind: 'end' }), LAST_MOMENT_MS),
  });
  held.set(holder.owner, stop);
});
