// Every stage from a Slack event to its answer, with a hundred events a second to people whose runners are awake.
import { setTimeout as sleep } from 'node:timers/promises';
import type { StepName, UserKey } from '@runnel/shared';
import { percentile, round, type Benchmark, type Figure } from './figure.ts';
import { monotonicMs } from './fleet/fleet-process.ts';
import { recordStages, type StageRecord } from './fleet/record-stages.ts';
import { measureRedisLoad, numberIn } from './fleet/redis-load.ts';
import { startFleet, type Fleet } from './fleet/start-fleet.ts';

/** A hundred turns a second pack more files than two cores can: those are many machines' work in life. So files are kept at a tenth of it. */
const PASSES = [
  { people: 400, perSecond: 100, seconds: 20, keepsFiles: false },
  { people: 50, perSecond: 10, seconds: 20, keepsFiles: true },
] as const;
type Pass = (typeof PASSES)[number];

const IDLE_MS = 5_000;
const PING_MS = 50;
const PATIENCE_MS = 180_000;

/** In the order in which an event passes them. */
const STAGES: readonly StepName[] = ['enqueue', 'begin', 'run', 'archive', 'manifest', 'renew', 'post', 'acknowledge'];
const BETWEEN = 'ingress to begin';
const WHOLE = 'event to answer';

export const eventStages: Benchmark = {
  name: 'stages from event to answer',
  async run() {
    const takeIngress = recordStages();
    const found: Figure[] = [];
    for (const pass of PASSES) found.push(...(await runPass(pass, takeIngress)));
    return found;
  },
};

async function runPass(pass: Pass, takeIngress: () => readonly StageRecord[]): Promise<Figure[]> {
  await using fleet = await startFleet({ concurrency: 1_000, runnerProcesses: 2, keepsFiles: pass.keepsFiles });
  const people = Array.from({ length: pass.people }, (_, n) => `T0:UEV${n}` as const);
  await Promise.all(people.map(fleet.say));
  await fleet.untilLive(people.length);
  await untilAnswered(fleet, people.length);
  takeIngress();
  const idle = await measureRedisLoad(fleet.redis, IDLE_MS);
  const before = await fleet.redis.info();
  const from = monotonicMs();
  const { sent, pings } = await sendAtRate(fleet, people, pass);
  const records = await untilAnswered(fleet, sent.length);
  // Records of steps are written within a second.
  await sleep(1_000);
  const after = await fleet.redis.info();
  const seconds = (monotonicMs() - from) / 1_000;
  const added = (name: string): number => numberIn(after, name) - numberIn(before, name);
  const commands = added('total_commands_processed') - seconds * idle.commandsPerSecond;
  return [
    ...figures(timesOf(sent, [...takeIngress(), ...records]), pings, pass),
    ...(pass.keepsFiles ? [] : perMessage(added('used_memory') / sent.length, commands / sent.length)),
  ];
}

type Sent = { readonly user: UserKey; readonly at: number };

/** Open loop: an event counts from the moment at which it was due. */
async function sendAtRate(
  fleet: Fleet,
  people: readonly UserKey[],
  { perSecond, seconds }: Pass,
): Promise<{ sent: Sent[]; pings: number[] }> {
  const pings: number[] = [];
  const pinging = setInterval(() => {
    const from = monotonicMs();
    void fleet.redis.ping().then(() => pings.push(monotonicMs() - from));
  }, PING_MS);
  const start = monotonicMs();
  const sent: Sent[] = [];
  const said: Promise<void>[] = [];
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const at = start + (n * 1_000) / perSecond;
    const ahead = at - monotonicMs();
    if (ahead > 1) await sleep(ahead);
    const user = people[n % people.length] ?? 'T0:UEV0';
    sent.push({ user, at });
    said.push(fleet.say(user));
  }
  await Promise.all(said);
  clearInterval(pinging);
  return { sent, pings };
}

async function untilAnswered(fleet: Fleet, count: number): Promise<StageRecord[]> {
  const records: StageRecord[] = [];
  const deadline = performance.now() + PATIENCE_MS;
  const answered = (): number => records.filter(({ name }) => name === 'acknowledge').length;
  while (answered() < count) {
    if (performance.now() > deadline) throw new Error(`${answered()} of ${count} messages were answered.`);
    await sleep(200);
    records.push(...(await fleet.stages()));
  }
  return records;
}

/** A person's messages are answered in their order: the n-th of each stage is the n-th message's. */
function timesOf(sent: readonly Sent[], records: readonly StageRecord[]): Map<string, number[]> {
  const times = new Map<string, number[]>(STAGES.map((name) => [name, []]));
  for (const { name, from, to } of records) times.get(name)?.push(to - from);
  const ordered = Map.groupBy(
    records.toSorted((a, b) => a.from - b.from),
    ({ user, name }) => `${user} ${name}`,
  );
  const [between, whole]: [number[], number[]] = [[], []];
  for (const [user, events] of Map.groupBy(sent, (one) => one.user)) {
    const [enqueued, begun, posted] = ['enqueue', 'begin', 'post'].map((name) => ordered.get(`${user} ${name}`) ?? []);
    for (const [n, { at }] of events.entries()) {
      between.push(momentOf(begun, n).from - momentOf(enqueued, n).from);
      whole.push(momentOf(posted, n).to - at);
    }
  }
  return times.set(BETWEEN, between).set(WHOLE, whole);
}

function momentOf(records: readonly StageRecord[] | undefined, n: number): StageRecord {
  const record = records?.[n];
  if (record === undefined) throw new Error('A stage of a message was not recorded.');
  return record;
}

function figures(times: ReadonlyMap<string, readonly number[]>, pings: readonly number[], pass: Pass): Figure[] {
  const ping = { name: 'PING in the same seconds, p50', value: round(percentile(pings, 0.5)) };
  const of = (name: string, share: number): number => round(percentile(times.get(name) ?? [], share));
  const parts = [STAGES[0] ?? '', BETWEEN, ...STAGES.slice(1)]
    .map((name) => `${name} ${of(name, 0.5)} / ${of(name, 0.99)}`)
    .join(', ');
  const p50 = of(WHOLE, 0.5);
  const at = `${pass.perSecond} events/s${pass.keepsFiles ? ', sessions kept as files' : ''}`;
  return [
    {
      name: `event to answer, ${at}, p50`,
      value: p50,
      unit: 'ms',
      floor: ping,
      goal: { text: 'under 300 ms', met: p50 < 300 },
      detail: `p99 ${of(WHOLE, 0.99)} ms; each stage p50 / p99 ms: ${parts}`,
    },
    {
      name: `ingress to begin, ${at}, p50`,
      value: of(BETWEEN, 0.5),
      unit: 'ms',
      floor: ping,
      goal: { text: 'none', met: true },
      detail: `p99 ${of(BETWEEN, 0.99)} ms`,
    },
  ];
}

function perMessage(bytes: number, commands: number): Figure[] {
  const none = { text: 'none', met: true };
  return [
    {
      name: 'Redis memory of an answered message, for a day',
      value: round(bytes / 1_024, 1),
      unit: 'KB',
      goal: none,
      detail: 'its seen mark, trace and events',
    },
    {
      name: 'Redis commands of an answered message, those inside scripts included',
      value: round(commands, 0),
      unit: 'commands',
      goal: none,
      detail: 'beyond those of runners that idle',
    },
  ];
}
