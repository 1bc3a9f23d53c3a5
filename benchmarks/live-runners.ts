// A thousand live runners that have nothing to do, three hundred that come at once, and five thousand who wait: what one launcher and one Redis do meanwhile.
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserKey } from '@runnel/shared';
import { Queue, Worker as BullWorker } from 'bullmq';
import { round, type Benchmark, type Figure } from './figure.ts';
import { monotonicMs, type Usage } from './fleet/fleet-process.ts';
import { measureRedisLoad, readRedisState, type RedisLoad, type RedisState } from './fleet/redis-load.ts';
import { startFleet, type Fleet } from './fleet/start-fleet.ts';

const RUNNERS = 1_000;
const BURST = 300;
const WAITING = 5_000;
const RUNNER_PROCESSES = 2;
/** What is left of the start: first looks, late renewals. */
const SETTLE_MS = 5_000;
/** One look of the reconciler falls into it. */
const WATCH_MS = 30_000;
const GLANCE_MS = 15_000;
const AT_ONCE = 50;
const LEAVING = 3;

export const liveRunners: Benchmark = {
  name: 'live runners and who waits',
  async run() {
    await using fleet = await startFleet({
      concurrency: RUNNERS,
      runnerProcesses: RUNNER_PROCESSES,
      keepsFiles: false,
    });
    await sleep(SETTLE_MS);
    const empty = await readRedisState(fleet.redis);
    const { usage: nobody } = await watch(fleet, GLANCE_MS);
    await sayAll(fleet, people(0, RUNNERS - BURST));
    await fleet.untilLive(RUNNERS - BURST);
    await sleep(SETTLE_MS);
    const floor = await bareBurst(fleet.redisUrl);
    const burst = await launchBurst(fleet);
    await sleep(SETTLE_MS);
    const live = await watch(fleet, WATCH_MS);
    await sayAll(fleet, people(RUNNERS, RUNNERS + WAITING));
    await sleep(SETTLE_MS);
    const before = fleet.lines.length;
    const waiting = await watch(fleet, GLANCE_MS);
    const told = ((fleet.lines.length - before) * 60_000) / GLANCE_MS;
    const isRight = await placesAreRight(fleet);
    return [
      ...idleFigures({ live, empty, nobody }),
      burstFigure(burst, floor),
      ...waitingFigures({ waiting, told, isRight, live }),
    ];
  },
};

type Watched = { readonly usage: { readonly coreShare: number; readonly rssMb: number }; readonly load: RedisLoad };

async function watch(fleet: Fleet, ms: number): Promise<Watched> {
  const from = monotonicMs();
  const before = await fleet.launcher.ask('usage', null);
  const load = await measureRedisLoad(fleet.redis, ms);
  const after: Usage = await fleet.launcher.ask('usage', null);
  return { usage: { coreShare: (after.cpuMs - before.cpuMs) / (monotonicMs() - from), rssMb: after.rssMb }, load };
}

function people(from: number, to: number): UserKey[] {
  return Array.from({ length: to - from }, (_, n) => `T0:U${from + n}` as const);
}

async function sayAll(fleet: Fleet, users: readonly UserKey[]): Promise<void> {
  for (let n = 0; n < users.length; n += AT_ONCE) await Promise.all(users.slice(n, n + AT_ONCE).map(fleet.say));
}

async function launchBurst(fleet: Fleet): Promise<number> {
  const users = people(RUNNERS - BURST, RUNNERS);
  const from = monotonicMs();
  await Promise.all(users.map(fleet.say));
  await fleet.untilLive(RUNNERS);
  return Math.max(...users.map((user) => fleet.live.get(user) ?? Number.NaN)) - from;
}

/** As many jobs of BullMQ alone, from the first add to the last processor. */
async function bareBurst(url: string): Promise<number> {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue('bare', { connection });
  const done = new EventEmitter();
  let begun = 0;
  const worker = new BullWorker('bare', async () => void ((begun += 1) === BURST && done.emit('all')), {
    connection,
    concurrency: BURST,
  });
  await worker.waitUntilReady();
  const all = once(done, 'all');
  const from = monotonicMs();
  await Promise.all(people(0, BURST).map((user) => queue.add(user, {}, { removeOnComplete: true })));
  await all;
  const took = monotonicMs() - from;
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  return took;
}

/** A few runners end: the head of the line gets their places, and who is next then is told so. */
async function placesAreRight(fleet: Fleet): Promise<boolean> {
  const from = fleet.lines.length;
  await fleet.drain(people(0, LEAVING));
  const next = people(RUNNERS, RUNNERS + LEAVING);
  while (!next.every((user) => fleet.live.has(user))) await sleep(20);
  const deadline = performance.now() + 60_000;
  const head = people(RUNNERS + LEAVING, RUNNERS + LEAVING + 5);
  const expected = ['1st', '2nd', '3rd', '4th', '5th'].map((place) => `is waiting for a free runner: ${place} in line`);
  while (performance.now() < deadline) {
    const last = new Map(fleet.lines.slice(from).map(({ user, line }) => [user, line]));
    if (head.every((user, index) => last.get(user) === expected[index])) return true;
    await sleep(100);
  }
  return false;
}

type Idle = { readonly live: Watched; readonly empty: RedisState; readonly nobody: Watched['usage'] };

function idleFigures({ live: { usage, load }, empty, nobody }: Idle): Figure[] {
  const none = { text: 'none', met: true };
  const each = (load.bytes - empty.bytes) / RUNNERS;
  const most = load.most.map(([command, perSecond]) => `${command} ${perSecond}`).join(', ');
  return [
    {
      name: `launcher with ${RUNNERS} idle runners, share of a core`,
      value: round(usage.coreShare * 100, 1),
      unit: '%',
      goal: { text: 'under one core', met: usage.coreShare < 1 },
      detail: `${round(nobody.coreShare * 100, 1)} % with no runner`,
    },
    {
      name: `launcher with ${RUNNERS} idle runners, resident memory`,
      value: round(usage.rssMb, 0),
      unit: 'MB',
      floor: { name: 'the same with no runner', value: round(nobody.rssMb, 0) },
      goal: none,
    },
    {
      name: 'Redis connections of a live runner',
      value: round((load.connections - empty.connections) / RUNNERS, 2),
      unit: 'connections',
      goal: { text: 'at most 3', met: load.connections - empty.connections <= 3 * RUNNERS },
      detail: `${load.connections} in all`,
    },
    {
      name: 'Redis memory of a live runner, its connections included',
      value: round(each / 1_024, 1),
      unit: 'KB',
      goal: none,
      detail: 'after one answered message each, with its trace and events of a day',
    },
    {
      name: `Redis commands with ${RUNNERS} idle runners, those inside scripts included`,
      value: round(load.commandsPerSecond, 0),
      unit: 'commands/s',
      goal: none,
      detail: `${round(load.coreShare * 100, 1)} % of a core; a second: ${most}`,
    },
  ];
}

function burstFigure(took: number, floor: number): Figure {
  return {
    name: `burst of ${BURST} launches, the last lease acquired after`,
    value: round(took, 0),
    unit: 'ms',
    floor: { name: `${BURST} bare BullMQ jobs, add to processor`, value: round(floor, 0) },
    goal: { text: 'at least 20 launches/s', met: BURST / (took / 1_000) >= 20 },
    detail: `${round(BURST / (took / 1_000), 0)} launches/s beside ${RUNNERS - BURST} live runners; pods start at once here`,
  };
}

type Line = { readonly waiting: Watched; readonly told: number; readonly isRight: boolean; readonly live: Watched };

function waitingFigures({ waiting, told, isRight, live }: Line): Figure[] {
  return [
    {
      name: `launcher with ${RUNNERS} idle runners and ${WAITING} waiting, share of a core`,
      value: round(waiting.usage.coreShare * 100, 1),
      unit: '%',
      goal: { text: 'under one core', met: waiting.usage.coreShare < 1 },
      detail: `${round(waiting.usage.rssMb, 0)} MB`,
    },
    {
      name: `Redis commands with ${RUNNERS} idle runners and ${WAITING} waiting`,
      value: round(waiting.load.commandsPerSecond, 0),
      unit: 'commands/s',
      floor: { name: 'the same with nobody waiting', value: round(live.load.commandsPerSecond, 0) },
      goal: { text: 'none', met: true },
      detail: `${round(waiting.load.coreShare * 100, 1)} % of a core`,
    },
    {
      name: `places told a minute, ${WAITING} waiting`,
      value: round(told, 0),
      unit: 'calls/min',
      goal: { text: 'at most 40, and right', met: told <= 40 && isRight },
      detail: isRight ? `after ${LEAVING} ends the first five were told their new places` : 'places were WRONG',
    },
  ];
}
