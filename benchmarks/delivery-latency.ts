// From the call of enqueue to the entry in the runner's hand: hot, beside the floor of one XADD and one blocked XREAD; and cold.
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { Queue, Worker as BullWorker } from 'bullmq';
import type { EntryReaderData } from './entry-reader.ts';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';
import { openWorld, prompt, wakePerson, type World } from './world.ts';

const HOT_ROUNDS = 2_000;
const COLD_ROUNDS = 200;
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

export const coldDelivery: Benchmark = {
  name: 'cold delivery, without the start of a process',
  async run() {
    await using world = await openWorld();
    await using bare = await openBareQueue(world.url);
    const { samples, floor } = await measureCold(world, bare);
    const figure: Figure = {
      name: 'ingress to a runner that has to be woken, p50',
      value: round(percentile(samples, 0.5)),
      unit: 'ms',
      floor: { name: 'a bare BullMQ job, add to processor, p50', value: round(percentile(floor, 0.5)) },
      goal: { text: 'at most 5 ms', met: percentile(samples, 0.5) <= 5 },
      detail: `enqueue, launch job, two fresh connections, acquire, first read; p99 ${round(percentile(samples, 0.99))} ms`,
    };
    return [figure];
  },
};

type BareQueue = AsyncDisposable & { readonly run: () => Promise<void> };

/** BullMQ alone, so that what is ours can be told from what is its. */
async function openBareQueue(url: string): Promise<BareQueue> {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue('bare', { connection });
  const started = new EventEmitter();
  const worker = new BullWorker('bare', async () => void started.emit('job'), { connection, concurrency: 10 });
  await worker.waitUntilReady();
  return {
    async run() {
      const job = once(started, 'job');
      await queue.add('job', {}, { removeOnComplete: true });
      await job;
    },
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.close();
    },
  };
}

async function measureCold(world: World, bare: BareQueue): Promise<{ samples: number[]; floor: number[] }> {
  const ingress = world.deliveryOn(world.connect());
  const queue = bullmqLaunchQueue({
    redisUrl: world.url,
    jobLockMs: 10_000,
    stalledCheckMs: 5_000,
    onError: (error) => {
      throw error;
    },
  });
  const arrivals = new Map<string, () => void>();
  // What a runner does before its first turn, on connections of its own, without the start of its process.
  const worker = await queue.work(10, async ({ launch }) => {
    const commands = world.connect();
    const runner = world.deliveryOn(commands);
    world.connect('blocking');
    const holder = { ...launch, owner: 'benchmark' };
    await runner.acquire(holder);
    const backlog = await runner.backlog(launch.user);
    arrivals.get(launch.user)?.();
    await runner.acknowledge(holder, backlog);
    await runner.release(holder, 'idle');
  });
  const samples: number[] = [];
  const floor: number[] = [];
  for (let n = 0; n < COLD_ROUNDS; n += 1) {
    const user = `T0:UCOLD${n}` as const;
    const arrived = new Promise<void>((resolve) => arrivals.set(user, resolve));
    const started = performance.now();
    const { hint } = await ingress.enqueue({ user, identity: 'a', payload: prompt });
    if (hint.kind === 'wake') await queue.add({ user, generation: hint.generation });
    await arrived;
    const took = performance.now() - started;
    const floorStarted = performance.now();
    await bare.run();
    if (n < 20) continue;
    samples.push(took);
    floor.push(performance.now() - floorStarted);
  }
  await worker.drain();
  await queue.close();
  return { samples, floor };
}
