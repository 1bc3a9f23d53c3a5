// The runners of a local fleet: seen through leases, the launch queue and the pods folder; ended on demand.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { processPodBackend } from '@runnel/launcher/process-pods';
import { diagnoseRunner, redisEndedPods, type RunnerDiagnostics } from '@runnel/launcher/serving';
import { runnerName, type Lease, type UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { deliverySettings, endMarked, findMarked, identifyProcess, type ProcessIdentity } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import type { RunnerPanel, RunnerRow } from './chat/runner-panel.ts';
import type { Workspace } from './slack/workspace.ts';

export type LocalRunner = {
  readonly uid: string;
  readonly state: 'running' | 'ended';
  readonly runner: ProcessIdentity;
};

export type LocalRunners = RunnerPanel & {
  /** A person's pod with the process of its runner (pid 0 when it has none now). */
  pod(user: UserKey): Promise<LocalRunner | undefined>;
  /** All that is known of everybody who has a pod, or messages that wait, or a launch: of those that ended, too. */
  diagnose(): Promise<RunnerDiagnostics[]>;
  /** Asks every runner to save and end. */
  drainAll(graceMs: number): Promise<void>;
  /** Kills every runner and what it started. */
  killAll(): Promise<void>;
  close(): Promise<void>;
};

export type LocalRunnersOptions = {
  readonly podsFolder: string;
  readonly redisUrl: string;
  readonly workspace: Workspace;
};

const NOTHING: ProcessIdentity = { pid: 0, startedAt: '' };

export async function localRunners({ podsFolder, redisUrl, workspace }: LocalRunnersOptions): Promise<LocalRunners> {
  const ignore = (): void => undefined;
  // Only looks and ends: nothing is ever started through this one.
  const backend = await processPodBackend({
    folder: podsFolder,
    command: ['false'],
    environment: {},
    memoryBytes: 0,
    onError: ignore,
  });
  const redis = connectRedis(redisUrl, 'commands', ignore);
  const delivery = new RedisDelivery(
    redis,
    deliverySettings({ leaseMs: 0, seenMs: 0, maxBacklog: 0, backoffMs: 0, redisReplicas: 0 }),
  );
  const queue = bullmqLaunchQueue({ redisUrl, jobLockMs: 10_000, stalledCheckMs: 5_000, onError: ignore });
  const people = workspace.users().filter((user) => !user.isBot);
  const living = async () => (await backend.list()).filter((pod) => pod.end === undefined);

  return {
    async list() {
      const waiting = await queue.waiting();
      return Promise.all(
        people.map(async ({ id }): Promise<RunnerRow> => {
          const userKey: UserKey = `${workspace.team.id}:${id}`;
          const place = waiting.find((launch) => launch.user === userKey)?.place;
          return { userKey, user: id, ...describe(await delivery.lease(userKey), place, waiting.length) };
        }),
      );
    },
    async kill(userKey) {
      const pod = (await living()).find((one) => one.user === userKey);
      const pid = pod === undefined ? 0 : (await runnerProcess(pod.uid)).pid;
      if (pid === 0) throw new Error('There is no runner to kill: it sleeps.');
      process.kill(pid, 'SIGKILL');
    },
    async pod(user) {
      const pod = await backend.look(runnerName(user));
      if (pod === undefined) return undefined;
      const isLiving = pod.end === undefined;
      return {
        uid: pod.uid,
        state: isLiving ? 'running' : 'ended',
        runner: isLiving ? await runnerProcess(pod.uid) : NOTHING,
      };
    },
    async diagnose() {
      const parts = { backend, ended: redisEndedPods(redis), delivery, queue };
      const users = people.map(({ id }): UserKey => `${workspace.team.id}:${id}`);
      const found = await Promise.all(users.map((user) => diagnoseRunner(parts, { name: runnerName(user), user })));
      return found.filter((one) => one !== undefined);
    },
    drainAll: async (graceMs) => void (await Promise.all((await living()).map((pod) => backend.stop(pod, graceMs)))),
    killAll: async () => void (await Promise.all((await living()).map((pod) => endMarked('RUNNEL_POD', pod.uid)))),
    async close() {
      await queue.close();
      redis.disconnect();
    },
  };
}

function describe(
  lease: Lease,
  place: number | undefined,
  line: number,
): Pick<RunnerRow, 'state' | 'detail'> & { since?: number } {
  if (place !== undefined) return { state: 'waiting', detail: `place ${place} of ${line}` };
  const isLive = lease.state === 'running' && lease.deadline > Date.now();
  if (isLive) return { state: 'awake', detail: '', since: Number(lease.generation) };
  if (lease.state !== 'idle') {
    return { state: 'starting', detail: lease.state === 'running' ? 'its runner is gone; the next one comes' : '' };
  }
  const pauseMs = lease.notBefore - Date.now();
  return { state: 'asleep', detail: pauseMs > 0 ? `starts again in ${Math.ceil(pauseMs / 1_000)} s` : '' };
}

/** The runner itself among the processes of its pod: neither the shell that watches it nor what a turn started. */
async function runnerProcess(uid: string): Promise<ProcessIdentity> {
  for (const pid of await findMarked('RUNNEL_POD', uid)) {
    const command = await commandLine(pid);
    if (command.includes('runner') && command.includes('main.') && !command.startsWith('/bin/sh')) {
      return identifyProcess(pid) ?? NOTHING;
    }
  }
  return NOTHING;
}

async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return (await promisify(execFile)('ps', ['-o', 'args=', '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
}
