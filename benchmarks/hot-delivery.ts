// From the call of enqueue to the entry in the hand of a live runner, beside the floor of one XADD and one blocked XREAD.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { EntryReaderData } from './entry-reader.ts';
import { percentile, round, type Benchmark } from './figure.ts';
import { openWorld, prompt, wakePerson, type World } from './world.ts';

const HOT_ROUNDS = 2_000;
const WARM_UP = 300;

export const hotDelivery: Benchmark = {
  name: 'hot delivery',
  async run() {
    await using world = await openWorld();
    const { ours, floor } = await measureHot(world);
    const ratio = percentile(ours, 0.5) / percentile(floor, 0.5);
    return [
      {
        name: 'ingress to a live runner, p50',
        value: round(percentile(ours, 0.5) * 1_000, 0),
        unit: 'µs',
        floor: { name: 'XADD to blocked XREAD, p50', value: round(percentile(floor, 0.5) * 1_000, 0) },
        goal: { text: 'at most 2x the floor', met: ratio <= 2 },
        detail: `p99 ${round(percentile(ours, 0.99) * 1_000, 0)} µs, floor's p99 ${round(percentile(floor, 0.99) * 1_000, 0)} µs`,
      },
    ];
  },
};

/** The two are measured in turn, so that a change of the machine's speed meets both; each reader has a thread of its own. */
async function measureHot(world: World): Promise<{ ours: number[]; floor: number[] }> {
  const redis = world.connect();
  const ingress = world.deliveryOn(redis);
  const user = 'T0:UHOT';
  const { last } = await wakePerson(ingress, user);
  const runner = startReader({ url: world.url, user, after: last });
  const bare = startReader({ url: world.url, stream: 'floor' });
  const text = JSON.stringify(prompt);
  const ours: number[] = [];
  const floor: number[] = [];
  for (let n = 0; n < HOT_ROUNDS; n += 1) {
    const identity = `hot-${n}`;
    const entry = await timeToReader(runner, () =>
      ingress.enqueue({ user, identity, payload: { ...prompt, type: 'stop' } }),
    );
    const row = await timeToReader(bare, () => redis.xadd('floor', '*', 'i', identity, 'p', text));
    if (n < WARM_UP) continue;
    ours.push(entry);
    floor.push(row);
  }
  for (const reader of [runner, bare]) await reader.terminate();
  return { ours, floor };
}

function startReader(data: EntryReaderData): Worker {
  return new Worker(new URL('./entry-reader.ts', import.meta.url), { workerData: data });
}

/** Milliseconds from the call of `send` to the entry in the reader's hand. */
async function timeToReader(reader: Worker, send: () => Promise<unknown>): Promise<number> {
  // The reader has long blocked again by then.
  await sleep(2);
  const arrived = once(reader, 'message');
  const started = process.hrtime.bigint();
  const sent = send();
  // oxlint-disable-next-line no-unsafe-type-assertion -- posted by entry-reader.ts
  const [at] = (await arrived) as [bigint];
  await sent;
  return Number(at - started) / 1e6;
}
