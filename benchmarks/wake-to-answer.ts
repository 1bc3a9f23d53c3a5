// A person's wait: from their message to the answer in the thread, through every process, asleep and awake; and from Stop to its answer.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalFleet, Workspace, type LocalFleet } from '@runnel/dev';
import { percentile, round, type Benchmark } from './figure.ts';

const ROUNDS = 9;

export const wakeToAnswer: Benchmark = {
  name: 'wake to answer',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'runnel-bench-'));
    const paths = {
      redis: join(folder, 'redis'),
      state: join(folder, 'state'),
      forge: join(folder, 'forge'),
      pods: join(folder, 'pods'),
      logs: join(folder, 'logs'),
    };
    for (const path of Object.values(paths)) await mkdir(path);
    const fleet = await startLocalFleet({
      folder: paths,
      workspace: new Workspace(),
      environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      redis: { program: 'redis-server' },
      settings: { RUNNER_IDLE_TIMEOUT: '500ms', FORGE: 'none' },
    });
    process.once('exit', fleet.killProcesses);
    try {
      const { asleep, awake, stopped } = await measure(fleet);
      const floor = { name: 'the answer of a runner that is awake', value: round(percentile(awake, 0.5), 0) };
      return [
        {
          name: 'message to answer, the runner asleep, p50',
          value: round(percentile(asleep, 0.5), 0),
          unit: 'ms',
          floor,
          goal: { text: 'under 2 s', met: percentile(asleep, 0.5) < 2_000 },
          detail: `p90 asleep ${round(percentile(asleep, 0.9), 0)} ms, awake ${round(percentile(awake, 0.9), 0)} ms`,
        },
        {
          name: 'Stop to its answer, with all that the command started dead, p50',
          value: round(percentile(stopped, 0.5), 0),
          unit: 'ms',
          floor,
          goal: { text: 'every one under 2 s', met: Math.max(...stopped) < 2_000 },
          detail: `longest ${round(Math.max(...stopped), 0)} ms`,
        },
      ];
    } finally {
      process.removeListener('exit', fleet.killProcesses);
      await fleet.end();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

type Waits = { readonly asleep: number[]; readonly awake: number[]; readonly stopped: number[] };

/** Children in the background, and one in a session of its own. */
const WORK_FOR_LONG = 'sleep 600 & setsid sleep 601 & sleep 602';

async function measure(fleet: LocalFleet): Promise<Waits> {
  const asleep: number[] = [];
  const awake: number[] = [];
  const stopped: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const thread = fleet.workspace.postAs('U0ADA', { channel: dmOf(fleet), text: 'echo first' });
    asleep.push(await answeredWithin(fleet, thread.ts, 1));
    fleet.workspace.postAs('U0ADA', { channel: dmOf(fleet), text: 'echo second', threadTs: thread.ts });
    awake.push(await answeredWithin(fleet, thread.ts, 2));
    fleet.workspace.postAs('U0ADA', { channel: dmOf(fleet), text: WORK_FOR_LONG, threadTs: thread.ts });
    await isWorking(fleet, thread.ts);
    fleet.workspace.pressStop('U0ADA', { channel: dmOf(fleet), threadTs: thread.ts });
    stopped.push(await answeredWithin(fleet, thread.ts, 3));
    while ((await fleet.runners.list()).some((row) => row.state !== 'asleep')) await sleep(50);
  }
  return { asleep, awake, stopped };
}

async function isWorking(fleet: LocalFleet, threadTs: string): Promise<void> {
  const status = (): string => fleet.workspace.statuses().find((one) => one.threadTs === threadTs)?.status ?? '';
  while (!/working/.test(status())) await sleep(2);
}

async function answeredWithin(fleet: LocalFleet, threadTs: string, count: number): Promise<number> {
  const started = performance.now();
  const finals = (): number =>
    fleet.workspace
      .messages(dmOf(fleet))
      .filter((message) => message.threadTs === threadTs && message.metadata?.event_payload['kind'] === 'final').length;
  while (finals() < count) await sleep(2);
  return performance.now() - started;
}

function dmOf(fleet: LocalFleet): string {
  return (
    fleet.workspace.channels().find((channel) => channel.members.includes('U0ADA') && channel.kind === 'im')?.id ?? ''
  );
}
