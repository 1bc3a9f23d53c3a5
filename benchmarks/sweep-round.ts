// One round of the sweeper where a hundred thousand people sleep: with nothing to look at, and with ten thousand to look at.
import { userSweeper } from '@runnel/launcher/serving';
import type { UserKey } from '@runnel/shared';
import { createLogger } from '@runnel/shared/process';
import { redisKeys } from '@runnel/shared/redis';
import { memoryLaunchQueue } from '@runnel/shared/testing';
import type { Redis } from 'ioredis';
import { percentile, round, type Benchmark } from './figure.ts';
import { openWorld, type World } from './world.ts';

const PEOPLE = 100_000;
const DIRTY = 10_000;
const AT_ONCE = 1_000;
const EMPTY_ROUNDS = 100;
const FULL_ROUNDS = 7;
const LIVE_MS = 3600 * 1000;

export const sweepRound: Benchmark = {
  name: 'sweep',
  async run() {
    await using world = await openWorld();
    const redis = world.connect();
    const people = Array.from({ length: PEOPLE }, (_, n) => `T0:USLEEP${n}` as const);
    await inBatches(redis, people, (pipeline, user) =>
      pipeline.hset(redisKeys.lease(user), { state: 'idle', generation: '1700000000000', owner: '', deadline: 0 }),
    );
    const sweeper = sweeperOf(world);
    const empty: number[] = [];
    const pings: number[] = [];
    for (let n = 0; n < EMPTY_ROUNDS; n += 1) {
      empty.push(await timed(() => sweeper.sweepAll()));
      pings.push(await timed(() => redis.ping()));
    }
    const awake = people.slice(0, DIRTY);
    const deadline = Date.now() + LIVE_MS;
    await inBatches(redis, awake, (pipeline, user) =>
      pipeline.hset(redisKeys.lease(user), { state: 'running', deadline }).zadd(redisKeys.dirty, 1, user),
    );
    const full: number[] = [];
    const bare: number[] = [];
    let cpuMs = 0;
    for (let n = 0; n < FULL_ROUNDS; n += 1) {
      const before = process.cpuUsage();
      full.push(await timed(() => sweeper.sweepAll()));
      const used = process.cpuUsage(before);
      cpuMs += (used.user + used.system) / 1_000 / FULL_ROUNDS;
      bare.push(
        await timed(async () => {
          for (const user of awake) await redis.hget(redisKeys.lease(user), 'state');
        }),
      );
    }
    const none = percentile(empty, 0.5);
    const round10k = percentile(full, 0.5);
    return [
      {
        name: `round of the sweeper, ${PEOPLE} asleep, nobody to look at, p50`,
        value: round(none, 4),
        unit: 'ms',
        floor: { name: 'PING, p50', value: round(percentile(pings, 0.5), 4) },
        goal: { text: 'at most 5 ms', met: none <= 5 },
      },
      {
        name: `round of the sweeper, ${DIRTY} live people to look at, p50`,
        value: round(round10k, 0),
        unit: 'ms',
        floor: { name: `${DIRTY} HGETs one after the other, p50`, value: round(percentile(bare, 0.5), 0) },
        goal: { text: 'within the 3 s between two', met: round10k <= 3_000 },
        detail: `${round(cpuMs, 0)} ms of the launcher's core each`,
      },
    ];
  },
};

function sweeperOf(world: World) {
  const unasked = async (): Promise<never> => {
    throw new Error('Nobody is to be woken here, or told.');
  };
  return userSweeper({
    delivery: world.deliveryOn(world.connect()),
    queue: { ...memoryLaunchQueue(), add: unasked },
    teller: { cause: unasked, line: unasked },
    log: createLogger('launcher', 'error'),
  });
}

type Pipeline = ReturnType<Redis['pipeline']>;

async function inBatches(redis: Redis, users: readonly UserKey[], add: (pipeline: Pipeline, user: UserKey) => unknown) {
  for (let n = 0; n < users.length; n += AT_ONCE) {
    const pipeline = redis.pipeline();
    for (const user of users.slice(n, n + AT_ONCE)) add(pipeline, user);
    await pipeline.exec();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
