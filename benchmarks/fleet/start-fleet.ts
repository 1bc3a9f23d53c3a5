// A whole fleet on a Redis of its own: the shipped ingress stages here, the launcher in a process of its own, runners in a few.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { appendEntry, wakeRunner } from '@runnel/ingress/serving';
import { sessionKey, splitUserKey, threadOf, type UserKey } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { startRedisServer } from '@runnel/shared/testing';
import type { Redis } from 'ioredis';
import { prompt } from '../world.ts';
import { FleetProcess, type LauncherQuestions, type News, type RunnerQuestions } from './fleet-process.ts';
import { launchWorkers, protocol } from './fleet-settings.ts';
import type { StageRecord } from './record-stages.ts';

export type PlaceTold = { readonly user: UserKey; readonly line: string; readonly at: number };

export type Fleet = AsyncDisposable & {
  readonly redisUrl: string;
  readonly redis: Redis;
  readonly launcher: FleetProcess<LauncherQuestions>;
  /** Who holds a lease, and since when (ms, monotonic). */
  readonly live: ReadonlyMap<UserKey, number>;
  /** What the status lines of people said, oldest first. */
  readonly lines: readonly PlaceTold[];
  /** A message as ingress takes it; resolves when Slack would be acknowledged to. */
  readonly say: (user: UserKey) => Promise<void>;
  untilLive(count: number): Promise<void>;
  /** Their runners end, and nobody takes their place. */
  drain(users: readonly UserKey[]): Promise<void>;
  /** What the runners recorded since the last time. */
  stages(): Promise<StageRecord[]>;
};

export type FleetSize = {
  readonly concurrency: number;
  readonly runnerProcesses: number;
  readonly keepsFiles: boolean;
};

const ONE_BY_ONE_MS = 5;
const PATIENCE_MS = 120_000;

export async function startFleet({ concurrency, runnerProcesses, keepsFiles }: FleetSize): Promise<Fleet> {
  const opened = new AsyncDisposableStack();
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'runnel-bench-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const server = opened.use(await startRedisServer({ args: ['--maxclients', '15000'] }));
  const fail = (error: Error): void => {
    throw error;
  };
  const redis = opened.adopt(connectRedis(server.url, 'commands', fail), (client) => client.disconnect());
  const queue = opened.adopt(bullmqLaunchQueue({ redisUrl: server.url, ...launchWorkers, onError: fail }), (open) =>
    open.close(),
  );
  const live = new Map<UserKey, number>();
  const lines: PlaceTold[] = [];
  const hear = (news: News): void => {
    if (news.kind === 'pod') void host(news.holder.user).ask('live', news.holder);
    else if (news.kind === 'acquired') live.set(news.user, news.at);
    else if (news.kind === 'line') lines.push({ ...news, user: `T0:${news.channel.slice(1)}` });
    else if (news.kind === 'ended') {
      live.delete(news.user);
      void launcher.ask('ended', news.user);
    }
  };
  const launcher = opened.use(
    new FleetProcess<LauncherQuestions>('./launcher-process.ts', [server.url, String(concurrency)], hear),
  );
  const args = [server.url, folder, ...(keepsFiles ? ['files'] : [])];
  const hosts = Array.from({ length: runnerProcesses }, () =>
    opened.use(new FleetProcess<RunnerQuestions>('./runner-process.ts', args, hear)),
  );
  const host = inTurns(hosts);
  await Promise.all([launcher.ready, ...hosts.map((one) => one.ready)]);
  const inbox = new RedisDelivery(redis, protocol);
  return {
    redisUrl: server.url,
    redis,
    launcher,
    live,
    lines,
    say: ingress({ inbox, queue }),
    async untilLive(count) {
      const deadline = performance.now() + PATIENCE_MS;
      while (live.size < count) {
        if (performance.now() > deadline) throw new Error(`${live.size} of ${count} runners came to live.`);
        await sleep(ONE_BY_ONE_MS);
      }
    },
    drain: async (users) => void (await Promise.all(users.map((user) => host(user).ask('drain', [user])))),
    stages: async () => (await Promise.all(hosts.map((one) => one.ask('stages', null)))).flat(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Each person stays with the process that was chosen first. */
function inTurns<T>(hosts: readonly T[]): (user: UserKey) => T {
  const chosen = new Map<UserKey, T>();
  return (user) => {
    const host = chosen.get(user) ?? hosts[chosen.size % hosts.length];
    if (host === undefined) throw new Error('A fleet has at least one process of runners.');
    chosen.set(user, host);
    return host;
  };
}

type IngressParts = { readonly inbox: RedisDelivery; readonly queue: ReturnType<typeof bullmqLaunchQueue> };

/** Every person writes in one thread of theirs. */
function ingress({ inbox, queue }: IngressParts): Fleet['say'] {
  const log = createLogger('ingress', 'error');
  const never = async (): Promise<boolean> => false;
  const told = { isFirstInThread: never, isFirstInDay: never };
  let said = 0;
  return async (user) => {
    const ts = `${1_700_000_000 + (said += 1)}.000100`;
    const session = sessionKey('T0', { channel: `D${splitUserKey(user).user}`, threadTs: '1700000000.000100' });
    const request = { user, identity: `${session}:${ts}`, payload: { ...prompt, session, ts, at: Date.now() } };
    const { answer } = await appendEntry({ request, thread: threadOf(session) }, { inbox, told }, protocol.maxBacklog);
    await wakeRunner(queue, { user, hint: answer.hint }, log);
  };
}
