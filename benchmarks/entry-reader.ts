// A thread that reads a stream as a runner does, or bare, and says when each entry was in its hand.
import { parentPort, workerData } from 'node:worker_threads';
import type { UserKey } from '@runnel/shared';
import { deliverySettings } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';

export type EntryReaderData =
  | { readonly url: string; readonly user: UserKey; readonly after: string }
  | { readonly url: string; readonly stream: string };

const BLOCK_MS = 60_000;

// oxlint-disable-next-line no-unsafe-type-assertion -- given by hot-delivery.ts, structured-cloned
const data = workerData as EntryReaderData;
const redis = connectRedis(data.url, 'blocking', () => undefined);
const settings = deliverySettings({ leaseMs: 30_000, seenMs: 1, maxBacklog: 1, backoffMs: 1, redisReplicas: 0 });
const delivery = new RedisDelivery(redis, settings);
let last = 'after' in data ? data.after : '0';

for (;;) {
  last = 'user' in data ? await readEntry(data.user) : await readBare(data.stream);
  // One clock for all threads: CLOCK_MONOTONIC, in nanoseconds.
  parentPort?.postMessage(process.hrtime.bigint());
}

async function readEntry(user: UserKey): Promise<string> {
  const [entry] = await delivery.next(user, last, BLOCK_MS);
  return entry?.id ?? last;
}

async function readBare(stream: string): Promise<string> {
  const rows = await redis.xread('BLOCK', BLOCK_MS, 'STREAMS', stream, last);
  return rows?.[0]?.[1][0]?.[0] ?? last;
}
