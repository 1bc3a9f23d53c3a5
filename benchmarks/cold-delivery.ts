// From the call of enqueue to the entry in the hand of a runner that has to be woken, taken apart, beside a bare BullMQ job of the same run.
import { EventEmitter, once } from 'node:events';
import type { UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { Queue, Worker as BullWorker } from 'bullmq';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';
import { openWorld, prompt, type World } from './world.ts';

const ROUNDS = 200;
const WARM_UP = 20;

/** In the order in which they pass; each is measured from the one before. */
const PARTS = ['enqueue', 'add the job', 'job to processor', 'connect and acquire', 'read'] as const;
type Part = (typeof PARTS)[number];

export const coldDelivery: Benchmark = {
  name: 'cold delivery, without the start of a process',
  async run() {
    await using world = await openWorld();
    await using bare = await openBareQueue(world.url);
    const { samples, floor, parts } = await measureCold(world, bare);
    const figure: Figure = {
      name: 'ingress to a runner that has to be woken, p50',
      value: round(percentile(samples, 0.5)),
      unit: 'ms',
      floor: { name: 'a bare BullMQ job, add to processor, p50', value: round(percentile(floor, 0.5)) },
      goal: { text: 'at most 5 ms', met: percentile(samples, 0.5) <= 5 },
      detail: `${parts}; p99 ${round(percentile(samples, 0.99))} ms`,
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

type Cold = { readonly samples: number[]; readonly floor: number[]; readonly parts: string };

async function measureCold(world: World, bare: BareQueue): Promise<Cold> {
  const ingress = world.deliveryOn(world.connect());
  const queue = bullmqLaunchQueue({
    redisUrl: world.url,
    jobLockMs: 10_000,
    stalledCheckMs: 5_000,
    onError: (error) => {
      throw error;
    },
  });
  const rounds = new Map<UserKey, Round>();
  // What a runner does before its first turn, on connections of its own, without the start of its process.
  const worker = await queue.work(10, async ({ launch }) => {
    const passage = rounds.get(launch.user);
    passage?.passed('job to processor');
    const runner = world.deliveryOn(world.connect());
    world.connect('blocking');
    const holder = { ...launch, owner: 'benchmark' };
    await runner.acquire(holder);
    passage?.passed('connect and acquire');
    const backlog = await runner.backlog(launch.user);
    passage?.passed('read');
    await runner.acknowledge(holder, backlog);
    await runner.release(holder, 'idle');
  });
  const samples: number[] = [];
  const floor: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const user = `T0:UCOLD${n}` as const;
    const passage = new Round();
    rounds.set(user, passage);
    const { hint } = await ingress.enqueue({ user, identity: 'a', payload: prompt });
    passage.passed('enqueue');
    if (hint.kind === 'wake') await queue.add({ user, generation: hint.generation });
    passage.passed('add the job');
    await passage.read;
    const floorStarted = performance.now();
    await bare.run();
    if (n < WARM_UP) rounds.delete(user);
    else {
      samples.push(passage.took());
      floor.push(performance.now() - floorStarted);
    }
  }
  await worker.drain();
  await queue.close();
  return { samples, floor, parts: describeParts([...rounds.values()]) };
}

class Round {
  readonly #started = performance.now();
  readonly #marks = new Map<Part, number>();
  readonly #read = Promise.withResolvers<void>();
  readonly read = this.#read.promise;

  passed(part: Part): void {
    this.#marks.set(part, performance.now());
    if (part === 'read') this.#read.resolve();
  }

  /** Milliseconds from the call of enqueue to the entry in the runner's hand. */
  took(): number {
    return this.#at('read') - this.#started;
  }

  /** The processor may have its job before the answer to the add is here: then it took nothing beyond the add. */
  milliseconds(part: Part): number {
    const before = PARTS[PARTS.indexOf(part) - 1];
    return this.#at(part) - (before === undefined ? this.#started : this.#at(before));
  }

  #at(part: Part): number {
    return this.#marks.get(part) ?? Number.NaN;
  }
}

function describeParts(rounds: readonly Round[]): string {
  return PARTS.map((part) => {
    const median = percentile(
      rounds.map((one) => one.milliseconds(part)),
      0.5,
    );
    return `${part} ${round(median)} ms`;
  }).join(', ');
}
