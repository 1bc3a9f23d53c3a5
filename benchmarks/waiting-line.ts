// One look at a line of five thousand: its milliseconds and its commands, beside reading the names alone.
import { queuePlaceTeller } from '@runnel/launcher/serving';
import type { UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { launchQueueName, redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { percentile, round, type Benchmark } from './figure.ts';
import { launchWorkers } from './fleet/fleet-settings.ts';
import { openWorld } from './world.ts';

const WAITING = 5_000;
const LOOKS = 100;
const AT_ONCE = 100;

export const waitingLine: Benchmark = {
  name: 'a look at a waiting line',
  async run() {
    await using world = await openWorld();
    const redis = world.connect();
    const queue = bullmqLaunchQueue({
      redisUrl: world.url,
      ...launchWorkers,
      onError: (error) => {
        throw error;
      },
    });
    const people = Array.from({ length: WAITING }, (_, n) => `T0:UWAIT${n}` as const);
    const add = (user: UserKey): Promise<void> => queue.add({ user, generation: '100' });
    for (let n = 0; n < WAITING; n += AT_ONCE) await Promise.all(people.slice(n, n + AT_ONCE).map(add));
    let told = 0;
    const look = queuePlaceTeller(queue, { line: async () => void (told += 1) });
    const names = `${redisKeys.launchQueuePrefix}:${launchQueueName}:wait`;
    const looks: number[] = [];
    const floor: number[] = [];
    const before = await commandsOf(redis);
    for (let n = 0; n < LOOKS; n += 1) looks.push(await timed(look));
    const commands = ((await commandsOf(redis)) - before - 1) / LOOKS;
    for (let n = 0; n < LOOKS; n += 1) floor.push(await timed(() => redis.lrange(names, 0, '-1')));
    const whole = await timed(() => queue.waiting());
    await queue.close();
    const p50 = percentile(looks, 0.5);
    return [
      {
        name: `look at a line of ${WAITING}, p50`,
        value: round(p50),
        unit: 'ms',
        floor: { name: 'one LRANGE of the names, p50', value: round(percentile(floor, 0.5)) },
        goal: { text: 'at most 50 ms', met: p50 <= 50 },
        detail: `${round(commands, 1)} commands a look, those inside scripts included, with ${told} lines told in ${LOOKS} looks; reading every job would take ${round(whole, 0)} ms`,
      },
    ];
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function commandsOf(redis: Redis): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}
