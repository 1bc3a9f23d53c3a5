// What a person who sleeps costs in Redis, once what expires has expired.
import { setTimeout as sleep } from 'node:timers/promises';
import { envelopeMaker, type UserKey } from '@runnel/shared';
import { redisEventTransport, redisKeys } from '@runnel/shared/redis';
import type { Redis } from 'ioredis';
import { round, type Benchmark } from './figure.ts';
import { openWorld, wakePerson } from './world.ts';

const PEOPLE = 2_000;
const SEEN_MS = 1_000;

export const idleMemory: Benchmark = {
  name: 'memory of an idle person',
  async run() {
    await using world = await openWorld();
    const redis = world.connect();
    const delivery = world.deliveryOn(redis, SEEN_MS);
    const transport = redisEventTransport({
      redis,
      openConnection: () => world.connect('blocking'),
      onDropped: () => undefined,
    });
    const live = async (user: UserKey): Promise<void> => {
      const { holder } = await wakePerson(delivery, user);
      await transport.publish(envelopeMaker(user)({ type: 'runner.started', data: {} }));
      await delivery.release(holder, 'idle');
      await delivery.sweep(user);
    };
    await live('T0:UWARM');
    const before = await usedMemory(redis);
    const people = Array.from({ length: PEOPLE }, (_, n) => `T0:UIDLE${n}` as const);
    for (const user of people) await live(user);
    const awake = await usedMemory(redis);
    await expire(redis, people);
    const idle = await usedMemory(redis);
    const perPerson = (idle - before) / PEOPLE;
    return [
      {
        name: 'Redis memory of a person who sleeps',
        value: round(perPerson, 0),
        unit: 'bytes',
        goal: { text: 'under 1 KB', met: perPerson < 1_024 },
        detail: `${round((awake - before) / PEOPLE, 0)} bytes before events and seen marks have expired`,
      },
    ];
  },
};

/** Events live for a day: here they are made to expire now. The seen marks have their own short time. */
async function expire(redis: Redis, people: readonly UserKey[]): Promise<void> {
  for (const user of people) await redis.pexpire(redisKeys.events(user), 1);
  while ((await redis.keys('*:seen:*')).length > 0 || (await redis.keys('*:events')).length > 1) await sleep(100);
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
}
