// The shipped stages of ingress, launcher and runner in one process, on a real Redis, so that a launch costs milliseconds.
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendEntry, wakeRunner } from '@runnel/ingress/serving';
import { MemoryPodBackend, runLauncher, type PodBackend } from '@runnel/launcher/serving';
import {
  acquireLease,
  holdLease,
  LeaseMemory,
  memoryFileSource,
  memorySessionStore,
  renewLease,
  onlyAgent,
  scriptedProvider,
  serveInbox,
  type RunnerPorts,
  type ServeSettings,
  type SessionArchiver,
} from '@runnel/runner/serving';
import {
  processEventTransport,
  sessionKey,
  threadOf,
  type EntryPayload,
  type Holder,
  type SessionKey,
  type UserKey,
} from '@runnel/shared';
import { createLogger, deliverySettings, exitCode, renewalMs } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { memoryKeptThreads, memoryLaunchQueue, memoryReplySink, memoryThreadStatus } from '@runnel/shared/testing';

/** How long a runner stays when it has nothing to do: as long as the race needs to be prepared. */
export const IDLE_MS = 12;

export type RaceWorld = AsyncDisposable & {
  /** As ingress takes it. Resolves once Slack would be acknowledged to. */
  say(user: UserKey, text: string): Promise<void>;
  /** The texts that were answered, in their order. */
  answers(): string[];
  backlog(user: UserKey): Promise<number>;
};

// As in production: nothing here should end because the machine was busy for a second.
const LEASE_MS = 30_000;
const MARGIN_MS = 5_000;
const PROTOCOL = deliverySettings({
  leaseMs: LEASE_MS,
  seenMs: 60_000,
  maxBacklog: 100,
  backoffMs: 500,
  redisReplicas: 0,
});

const SERVE: Omit<ServeSettings, 'home'> = {
  leaseMs: LEASE_MS,
  callTimeoutMs: 1_500,
  checkpointMs: 60_000,
  seenMs: 1_000,
  turnConcurrency: 4,
  maxBacklog: PROTOCOL.maxBacklog,
  idleTimeoutMs: IDLE_MS,
  maxLifetimeMs: 600_000,
  drainMs: 3_000,
  policy: 'full',
  permissionTimeoutMs: 86_400_000,
  inboxTickMs: 500,
};

const log = createLogger('race', 'silent');
const nothing = (): void => undefined;

export async function startRaceWorld(redisUrl: string, sweepMs: number): Promise<RaceWorld> {
  const home = await mkdtemp(join(tmpdir(), 'runnel-race-'));
  const queue = memoryLaunchQueue();
  const replies = memoryReplySink();
  const status = memoryThreadStatus();
  const ingress = connectRedis(redisUrl, 'commands', nothing);
  const launcher = connectRedis(redisUrl, 'commands', nothing);
  const inbox = new RedisDelivery(ingress, PROTOCOL);
  const store = memorySessionStore();
  const ending = new AbortController();
  const runners = connectRedis(redisUrl, 'commands', nothing);
  const delivery = new RedisDelivery(runners, PROTOCOL);
  const plan = { redisUrl, delivery, signal: ending.signal, ports: { store, replies, status } };
  const backend = new LivingPods((holder) =>
    liveOnce({ ...plan, holder, home: join(home, holder.user.replace(':', '-')) }),
  );
  const draining = new AbortController();
  const launching = runLauncher(
    { delivery: new RedisDelivery(launcher, PROTOCOL), queue, backend, replies, status, log },
    {
      concurrency: 1_000,
      memoryBytes: 2 ** 31,
      circuitAfter: PROTOCOL.circuitAfter,
      graceMs: 5_000,
      startMs: 60_000,
      troubleMs: 20_000,
      machineMs: 3_600_000,
      sweepMs,
      reconcileMs: 3_000,
      pollMs: { launching: 100, running: 500 },
    },
    draining.signal,
  );
  let said = 0;
  return {
    async say(user, text) {
      const ts = `${(said += 1)}.0`;
      const session: SessionKey = sessionKey('T0', { channel: `D${user.slice(4)}`, threadTs: '1.0' });
      const payload: EntryPayload = {
        v: 1,
        type: 'prompt',
        session,
        author: 'U1',
        at: Date.now(),
        ts,
        text,
        fileNames: [],
      };
      const request = { user, identity: `T0:${ts}`, payload };
      const told = { isFirstInThread: neverFirst, isFirstInDay: neverFirst };
      const { answer } = await appendEntry(
        { request, thread: threadOf(session) },
        { inbox, told },
        PROTOCOL.maxBacklog,
      );
      await wakeRunner(queue, { user, hint: answer.hint }, log);
    },
    answers: () => replies.posts().flatMap(({ reply }) => (reply.kind === 'final' ? [reply.text] : [])),
    backlog: async (user) => (await inbox.backlog(user)).length,
    async [Symbol.asyncDispose]() {
      draining.abort();
      await launching;
      ending.abort();
      await backend.allEnded();
      for (const redis of [ingress, launcher, runners]) redis.disconnect();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const neverFirst = async (): Promise<boolean> => false;

/** Pods whose runner lives in this process. */
class LivingPods extends MemoryPodBackend {
  readonly #live: (holder: Holder) => Promise<number>;
  readonly #lives = new Set<Promise<void>>();

  constructor(live: (holder: Holder) => Promise<number>) {
    super();
    this.#live = live;
  }

  override async create(spec: Parameters<PodBackend['create']>[0]): ReturnType<PodBackend['create']> {
    const answer = await super.create(spec);
    if (answer.kind === 'conflict') return answer;
    const { user, generation, uid } = answer.pod;
    const life = this.#live({ user, generation, owner: uid })
      .catch(() => exitCode.failed)
      .then((code) => this.finish(answer.pod, { reason: 'exited', exitCode: code }))
      .finally(() => this.#lives.delete(life));
    this.#lives.add(life);
    return answer;
  }

  async allEnded(): Promise<void> {
    await Promise.all(this.#lives);
  }
}

type LifePlan = {
  readonly redisUrl: string;
  /** All runners share it: connecting costs more than a life. */
  readonly delivery: RedisDelivery;
  readonly holder: Holder;
  readonly home: string;
  /** Asks it to drain. */
  readonly signal: AbortSignal;
  readonly ports: Pick<RunnerPorts, 'store' | 'replies' | 'status'>;
};

/** What `main.ts` of the runner does, its renewal thread as a timer. Resolves with the exit code. */
async function liveOnce({ redisUrl, delivery, holder, home, signal, ports }: LifePlan): Promise<number> {
  const blocking = connectRedis(redisUrl, 'blocking', nothing);
  const memory = new LeaseMemory();
  const thread = Object.assign(new EventEmitter(), { unref: nothing });
  const durations = { leaseMs: LEASE_MS, marginMs: MARGIN_MS, renewalMs: renewalMs(LEASE_MS) };
  let stopRenewal = nothing;
  try {
    const answer = await acquireLease({ delivery, holder, memory, ...durations, log });
    if (answer !== 'ok') return answer === 'stale' ? exitCode.ok : exitCode.busy;
    const lease = holdLease({ delivery, holder, memory, thread: thread as never, ...durations, log });
    stopRenewal = renewLease({
      delivery,
      memory,
      holder,
      ...durations,
      stallMs: 60_000,
      tell: (news) => void thread.emit('message', news),
      endProcess: nothing,
    });
    return await serveInbox(
      {
        ...ports,
        delivery,
        blocking: new RedisDelivery(blocking, PROTOCOL),
        onReconnect: nothing,
        archiver: nothingToKeep,
        fileSource: memoryFileSource(),
        kept: memoryKeptThreads(),
        agents: onlyAgent(scriptedProvider()),
        localEvents: processEventTransport(),
        events: processEventTransport(),
        decode: (text) => text,
        log,
      },
      { lease, settings: { ...SERVE, home }, signal },
    );
  } finally {
    stopRenewal();
    blocking.disconnect();
  }
}

const nothingToKeep: SessionArchiver = {
  async pack(_, file) {
    await writeFile(file, '');
    return { kind: 'whole', leftOut: [] };
  },
  unpack: async () => undefined,
};
