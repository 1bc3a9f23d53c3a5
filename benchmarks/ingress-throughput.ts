// How many events a second one ingress takes in, each de-duplicated, on one core; beside bare XADDs of the same client.
import { round, type Benchmark } from './figure.ts';
import { openWorld, prompt, wakePerson } from './world.ts';

const EVENTS = 40_000;
const PEOPLE = 200;
const IN_FLIGHT = 500;

export const ingressThroughput: Benchmark = {
  name: 'ingress throughput',
  async run() {
    await using world = await openWorld();
    const redis = world.connect();
    const delivery = world.deliveryOn(redis);
    const people = Array.from({ length: PEOPLE }, (_, n) => `T0:UTHR${n}` as const);
    for (const user of people) await wakePerson(delivery, user);
    const text = JSON.stringify(prompt);
    const floor = await rate((n) => redis.xadd(`floor${n % PEOPLE}`, '*', 'i', `m${n}`, 'p', text));
    const before = process.cpuUsage();
    // One in ten is a redelivery.
    const ours = await rate((n) =>
      delivery.enqueue({
        user: people[n % PEOPLE] ?? 'T0:UTHR0',
        identity: `m${n - (n % 10 === 9 ? PEOPLE : 0)}`,
        payload: { ...prompt, type: 'stop' },
      }),
    );
    const { user, system } = process.cpuUsage(before);
    const perCore = EVENTS / ((user + system) / 1e6);
    return [
      {
        name: 'events taken in, with de-duplication, per second of a core',
        value: round(perCore, 0),
        unit: 'events/s',
        better: 'higher',
        floor: { name: 'bare XADD, wall clock', value: round(floor, 0) },
        goal: { text: 'at least 10,000 events/s', met: perCore >= 10_000 },
        detail: `${round(ours, 0)} events/s of the wall clock, Redis on the same two cores`,
      },
    ];
  },
};

async function rate(send: (n: number) => Promise<unknown>): Promise<number> {
  const started = performance.now();
  for (let sent = 0; sent < EVENTS; sent += IN_FLIGHT) {
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, n) => send(sent + n)));
  }
  return EVENTS / ((performance.now() - started) / 1_000);
}
