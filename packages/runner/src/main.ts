// The runner: one process, one person.
// acquire -> claim manifest -> read inbox -> session lanes -> turn: begin, restore, run, checkpoint, post, acknowledge ; idle or drain -> release
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { processEventTransport, type Holder } from '@runnel/shared';
import { createLogger, deliverySettings, exitCode, renewalMs, runProcess, type Logger } from '@runnel/shared/process';
import { assertFitRedis, connectRedis, RedisDelivery, redisEventTransport } from '@runnel/shared/redis';
import { decodeSlackText, slackClient, slackReplySink, slackThreadStatus } from '@runnel/shared/slack';
import type { AgentProvider } from './agent/agent-provider.ts';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { shellProvider } from './agent/shell-provider.ts';
import { runnerConfiguration, type RunnerSettings } from './config.ts';
import { acquireLease } from './lease/acquire-lease.ts';
import { holdLease } from './lease/hold-lease.ts';
import { LeaseMemory } from './lease/lease-memory.ts';
import type { RenewalThreadData } from './redis-renewal-thread.ts';
import { serveInbox, type RunnerPorts } from './serve-inbox.ts';
import { archiveFiles } from './store/archive-files.ts';
import { folderSessionStore } from './store/folder-session-store.ts';

/** In a long turn the files are saved this often. */
const CHECKPOINT_MS = 60_000;
/** The main thread may stand still for two leases; then it is taken for dead. */
const STALL_LEASES = 2;

async function run(settings: RunnerSettings, signal: AbortSignal): Promise<number> {
  const { user, generation, owner, leaseMs, leaseMarginMs } = settings;
  const holder: Holder = { user, generation, owner };
  log.level = settings.logLevel;
  await assertFitRedis(settings.redisUrl);
  const onError = (error: Error): void => log.warn({ err: error }, 'redis connection');
  const commands = connectRedis(settings.redisUrl, 'commands', onError);
  const blocking = connectRedis(settings.redisUrl, 'blocking', onError);
  try {
    const delivery = new RedisDelivery(commands, deliverySettings(settings));
    const memory = new LeaseMemory();
    // However this process ends, what its agents started ends before.
    process.once('exit', () => memory.killGroups());
    const answer = await acquireLease({ delivery, holder, memory, leaseMs, marginMs: leaseMarginMs, log });
    log.info({ user, generation, owner, answer }, 'asked for the lease');
    if (answer === 'stale') return exitCode.ok;
    if (answer === 'busy') return exitCode.busy;
    const thread = startRenewalThread(settings, holder, memory);
    const durations = { leaseMs, marginMs: leaseMarginMs, renewalMs: renewalMs(leaseMs) };
    const lease = holdLease({ delivery, holder, memory, thread, ...durations, log });
    const ports = await openPorts(settings, log);
    return await serveInbox(
      {
        ...ports,
        delivery,
        blocking: new RedisDelivery(blocking, deliverySettings(settings)),
        onReconnect: (listener) => [commands, blocking].forEach((redis) => redis.on('ready', listener)),
        events: redisEventTransport({
          redis: commands,
          openConnection: () => connectRedis(settings.redisUrl, 'blocking', onError),
          onDropped: (error) => log.debug({ err: error }, 'event dropped'),
        }),
      },
      { lease, settings: { ...settings, checkpointMs: CHECKPOINT_MS, home: resolve(settings.home) }, signal },
    );
  } finally {
    commands.disconnect();
    blocking.disconnect();
  }
}

function startRenewalThread(settings: RunnerSettings, holder: Holder, memory: LeaseMemory): Worker {
  const { redisUrl, leaseMs, leaseMarginMs } = settings;
  const data: RenewalThreadData = {
    redisUrl,
    holder,
    memory: memory.buffer,
    leaseMs,
    marginMs: leaseMarginMs,
    renewalMs: renewalMs(leaseMs),
    stallMs: leaseMs * STALL_LEASES,
  };
  // Bundled, it stands beside the main file as one of its kind: stripping types costs 40 MB.
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new Worker(new URL(`./redis-renewal-thread${ending}`, import.meta.url), {
    workerData: data,
    // It sends one command every few seconds: its share of the pod's memory is small.
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 },
  });
}

type OtherPorts = Omit<RunnerPorts, 'delivery' | 'blocking' | 'onReconnect' | 'events'>;

async function openPorts(settings: RunnerSettings, runnerLog: Logger): Promise<OtherPorts> {
  await mkdir(settings.home, { recursive: true, mode: 0o700 });
  const { slackApiUrl, slackBotToken, callTimeoutMs } = settings;
  const slack = slackClient({ apiUrl: slackApiUrl, token: slackBotToken, timeoutMs: callTimeoutMs });
  return {
    store: folderSessionStore(resolve(settings.stateDir)),
    archiver: archiveFiles,
    provider: chooseProvider(settings),
    replies: slackReplySink(slack),
    status: slackThreadStatus(slack, (error, method) => runnerLog.debug({ err: error, method }, 'status not shown')),
    localEvents: processEventTransport(),
    decode: decodeSlackText,
    log: runnerLog,
  };
}

function chooseProvider({ provider, owner }: RunnerSettings): AgentProvider {
  switch (provider) {
    case 'shell':
      return shellProvider({ path: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', podUid: owner });
    case 'scripted':
      // Says back what was said: enough to see every process at work without an agent.
      return scriptedProvider(({ text }) => [{ say: text }]);
  }
}

const log = createLogger('runner');

await runProcess({
  configuration: runnerConfiguration,
  env: process.env,
  argv: process.argv.slice(2),
  log,
  drainMs: (settings) => settings.drainMs,
  run,
});
