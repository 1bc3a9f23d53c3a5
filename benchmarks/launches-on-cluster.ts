// Launches on a real Kubernetes control plane with played nodes: from the request to the Job, a burst, and a thousand runners.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';
import { monotonicMs } from './fleet/fleet-process.ts';
import { startClusterFleet, type ClusterFleet } from './fleet/start-cluster-fleet.ts';

const RUNNERS = 1_000;
const BURST = 300;
const ONE_BY_ONE = 60;
const AT_ONCE = 50;
const SETTLE_MS = 10_000;
const WATCH_MS = 65_000;
/** Create, and the deletion of the one before. */
const MOST_WRITES = 3;

export const launchesOnCluster: Benchmark = {
  name: 'launches on a cluster',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'runnel-bench-'));
    await using fleet = await startClusterFleet({ folder, concurrency: RUNNERS });
    const first = people(0, ONE_BY_ONE);
    const one = await launchOneByOne(fleet, first);
    const writes = await writesOfLaunchAgain(fleet, first);
    const burst = await launchBurst(fleet);
    const rest = people(ONE_BY_ONE + BURST, RUNNERS);
    for (let n = 0; n < rest.length; n += AT_ONCE) await Promise.all(rest.slice(n, n + AT_ONCE).map(fleet.launch));
    await fleet.untilLive(RUNNERS);
    await sleep(SETTLE_MS);
    return [oneFigure(one), writesFigure(writes), burstFigure(burst), ...(await liveFigures(fleet))];
  },
};

function people(from: number, to: number): `T0:U${string}`[] {
  return Array.from({ length: to - from }, (_, n) => `T0:U${from + n}` as const);
}

type OneByOne = { readonly launches: readonly number[]; readonly posts: readonly number[] };

/** In turn with a bare POST of the same Job, from another client in another namespace. */
async function launchOneByOne(fleet: ClusterFleet, users: ReturnType<typeof people>): Promise<OneByOne> {
  const [launches, posts]: number[][] = [[], []];
  for (const user of users) {
    launches?.push(await fleet.launch(user));
    posts?.push(await timed(() => fleet.postBareJob(user)));
  }
  await fleet.untilLive(users.length);
  return { launches: launches ?? [], posts: posts ?? [] };
}

/** All of them go to sleep, their Jobs finish, and each is launched again: with the old Job in the way, as it mostly is. */
async function writesOfLaunchAgain(fleet: ClusterFleet, users: ReturnType<typeof people>): Promise<Writes> {
  await Promise.all(users.map(fleet.sleep));
  await sleep(SETTLE_MS);
  await fleet.launcher.ask('calls', null);
  for (const user of users) await fleet.launch(user);
  await fleet.untilLive(users.length);
  const calls = await fleet.launcher.ask('calls', null);
  const writing = calls.filter((call) => !call.startsWith('GET'));
  return { writes: writing.length / users.length, calls: calls.length / users.length };
}

type Writes = { readonly writes: number; readonly calls: number };
type Burst = { readonly created: number; readonly live: number; readonly posts: number; readonly calls: number };

async function launchBurst(fleet: ClusterFleet): Promise<Burst> {
  const users = people(ONE_BY_ONE, ONE_BY_ONE + BURST);
  const posts = await timed(() => Promise.all(users.map(fleet.postBareJob)));
  await sleep(SETTLE_MS);
  await fleet.launcher.ask('calls', null);
  const from = monotonicMs();
  await Promise.all(users.map(fleet.launch));
  const created = monotonicMs() - from;
  await fleet.untilLive(ONE_BY_ONE + BURST);
  const live = monotonicMs() - from;
  const calls = (await fleet.launcher.ask('calls', null)).length / BURST;
  return { created, live, posts, calls };
}

function oneFigure({ launches, posts }: OneByOne): Figure {
  const [p50, floor] = [percentile(launches, 0.5), percentile(posts, 0.5)];
  return {
    name: 'launch request to its Job on a cluster, p50',
    value: round(p50, 1),
    unit: 'ms',
    floor: { name: 'one bare POST of the same Job, p50', value: round(floor, 1) },
    goal: { text: 'under 3x', met: p50 < 3 * floor },
  };
}

function writesFigure({ writes, calls }: Writes): Figure {
  return {
    name: 'API writes of a launch whose last Job still has the name',
    value: round(writes, 2),
    unit: 'writes',
    goal: { text: `at most ${MOST_WRITES}`, met: writes <= MOST_WRITES },
    detail: `${round(calls, 1)} calls in all, until its runner has its lease`,
  };
}

function burstFigure({ created, live, posts, calls }: Burst): Figure {
  return {
    name: `burst of ${BURST} launches on a cluster, the last Job made after`,
    value: round(created / 1_000, 1),
    unit: 's',
    floor: { name: `${BURST} bare POSTs at once`, value: round(posts / 1_000, 1) },
    goal: { text: 'at least 20 launches/s', met: BURST / (created / 1_000) >= 20 },
    detail: `the last runner had its lease after ${round(live / 1_000, 1)} s; ${round(calls, 1)} API calls a launch`,
  };
}

async function liveFigures({ launcher }: ClusterFleet): Promise<Figure[]> {
  await Promise.all([launcher.ask('calls', null), launcher.ask('looks', null)]);
  const [from, before] = [monotonicMs(), await launcher.ask('usage', null)];
  await sleep(WATCH_MS);
  const after = await launcher.ask('usage', null);
  const share = (after.cpuMs - before.cpuMs) / (monotonicMs() - from);
  const calls = (await launcher.ask('calls', null)).length / (WATCH_MS / 60_000);
  const look = Math.max(...(await launcher.ask('looks', null)));
  return [
    {
      name: `launcher with ${RUNNERS} runners on a cluster`,
      value: round(share * 100, 1),
      unit: '% of a core',
      goal: { text: 'under one core', met: share < 1 },
      detail: `${round(after.rssMb, 0)} MB; ${round(calls, 0)} API calls a minute`,
    },
    {
      name: `a full reconcile of ${RUNNERS} Jobs, the slowest`,
      value: round(look, 0),
      unit: 'ms',
      goal: { text: 'under 5 s', met: look < 5_000 },
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = monotonicMs();
  await work();
  return monotonicMs() - from;
}
