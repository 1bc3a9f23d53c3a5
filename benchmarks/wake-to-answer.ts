// A person's wait: from their message to the answer in the thread, through every process, asleep and awake.
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
      pods: join(folder, 'pods'),
      logs: join(folder, 'logs'),
    };
    for (const path of Object.values(paths)) await mkdir(path);
    const fleet = await startLocalFleet({
      folder: paths,
      workspace: new Workspace(),
      environment: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
      redis: { program: 'redis-server' },
      settings: { RUNNER_IDLE_TIMEOUT: '500ms' },
    });
    process.once('exit', fleet.killProcesses);
    try {
      const { asleep, awake } = await measure(fleet);
      return [
        {
          name: 'message to answer, the runner asleep, p50',
          value: round(percentile(asleep, 0.5), 0),
          unit: 'ms',
          floor: { name: 'the same, the runner awake', value: round(percentile(awake, 0.5), 0) },
          goal: { text: 'under 2 s', met: percentile(asleep, 0.5) < 2_000 },
          detail: `p90 asleep ${round(percentile(asleep, 0.9), 0)} ms, awake ${round(percentile(awake, 0.9), 0)} ms`,
        },
      ];
    } finally {
      process.removeListener('exit', fleet.killProcesses);
      await fleet.end();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measure(fleet: LocalFleet): Promise<{ asleep: number[]; awake: number[] }> {
  const asleep: number[] = [];
  const awake: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const thread = fleet.workspace.postAs('U0ADA', { channel: dmOf(fleet), text: 'echo first' });
    asleep.push(await answeredWithin(fleet, thread.ts, 1));
    fleet.workspace.postAs('U0ADA', { channel: dmOf(fleet), text: 'echo second', threadTs: thread.ts });
    awake.push(await answeredWithin(fleet, thread.ts, 2));
    while ((await fleet.runners.list()).some((row) => row.state !== 'asleep')) await sleep(50);
  }
  return { asleep, awake };
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
