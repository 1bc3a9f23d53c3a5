// Launcher, the process: launch requests into runners.
//
// launch request -> take launch -> look -> settle -> create pod -> watch its end -> tell the lease
//
// `handleLaunch` takes a launch through its life, `observePodEnds` sees the ends of all pods; the sweeper and the
// reconciler find what both of them missed.
import { fileURLToPath } from 'node:url';
import { RunnelError, type LaunchWorker } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { redisFault } from '@runnel/shared/operations';
import { createLogger, deliverySettings, exitCode, runProcess } from '@runnel/shared/process';
import {
  assertFitRedis,
  connectRedis,
  RedisDelivery,
  redisKeptThreads,
  redisStepTrace,
  redisTime,
} from '@runnel/shared/redis';
import { slackBotIdentity, slackClient, slackReplySink, slackThreadStatus } from '@runnel/shared/slack';
import { launcherConfiguration, type LauncherConfiguration } from './config.ts';
import { keepEndedPods } from './keep-ended-pods.ts';
import { LoopWatch } from './loop-watch.ts';
import { serveOperations } from './operations/serve-operations.ts';
import type { PodBackend } from './pod-backend.ts';
import { processPodBackend } from './process-pod-backend.ts';
import { readyAgents } from './ready-agents.ts';
import { secretRedactor } from './redact-secrets.ts';
import { redisEndedPods } from './redis-ended-pods.ts';
import { runLauncher, type LauncherParts } from './run-launcher.ts';
import { runnerEnvironment } from './runner-environment.ts';
import { runnerSecrets } from './runner-secrets.ts';

/** Giving back the jobs takes a few commands each. */
const DRAIN_MS = 10_000;

/** How often a lease is looked at while its runner starts, and while it runs. A look at a cluster costs it two or three calls. */
const POLL_MS = {
  process: { launching: 1_000, running: 5_000 },
  kubernetes: { launching: 2_000, running: 5_000 },
};

/**
 * When the notes of kept messages are read first, and again. In a cluster this launcher may be one of a roll-out: what it begins must not
 * meet those that it replaces, with the credential that was refused; and one that ends sooner, again and again, begins nothing.
 */
const KEPT_MS = { process: { firstMs: 0, everyMs: 60_000 }, kubernetes: { firstMs: 60_000, everyMs: 60_000 } };

/** What keeps a pod from starting is told after `troubleMs`; a machine is waited for as long as `machineMs`. */
const PATIENCE = { troubleMs: 20_000, machineMs: 3_600_000 };

/** A runner mostly waits: young objects need not be given 16 MB before they are looked at. */
const LEAN = ['--max-semi-space-size=1'];

const log = createLogger('launcher');
const onRedisError = (error: Error): void => log.warn({ err: error }, 'redis connection failed');

await runProcess({
  configuration: launcherConfiguration,
  env: process.env,
  argv: process.argv,
  log,
  drainMs: () => DRAIN_MS,
  run,
});

async function run(settings: LauncherConfiguration, signal: AbortSignal): Promise<number> {
  log.level = settings.logLevel;
  await assertFitRedis(settings.redisUrl, signal);
  await using opened = new AsyncDisposableStack();
  const redis = opened.adopt(connectRedis(settings.redisUrl, 'commands', onRedisError), (client) =>
    client.disconnect(),
  );
  const onDropped = (error: unknown): void => log.debug({ err: error }, 'trace dropped');
  opened.use(redisStepTrace({ redis, process: 'launcher', onDropped }));
  const queue = opened.adopt(bullmqLaunchQueue({ ...settings, onError: onRedisError }), (open) => open.close());
  const protocol = deliverySettings(settings);
  const [ended, redact] = [redisEndedPods(redis), secretRedactor(secretsOf(settings))];
  const { backend, memoryBytes } = await openPods(settings);
  const delivery = new RedisDelivery(redis, protocol);
  const parts = {
    delivery,
    queue,
    backend: keepEndedPods(backend, { ended, redact, log }),
    ...(await connectSlack(settings)),
    log,
    kept: {
      threads: redisKeptThreads(redis),
      inbox: delivery,
      ready: readyAgents(process.env),
      allowedUsers: settings.allowedUsers,
      startedAt: await redisTime(redis),
      ...KEPT_MS[settings.podBackend],
    },
    loops: new LoopWatch(),
  };
  let worker: LaunchWorker | undefined;
  const server = await serveOperations({
    ...parts,
    ended,
    redact,
    host: settings.httpHost,
    port: settings.httpPort,
    token: settings.operationsToken,
    redisFault: () => redisFault(redis),
    worker: () => worker,
    signal,
  });
  opened.defer(() => server.close());
  log.info({ url: server.url }, 'launcher listens');
  const onReady = (ready: LaunchWorker): void => void (worker = ready);
  const waits = { ...PATIENCE, circuitAfter: protocol.circuitAfter, pollMs: POLL_MS[settings.podBackend] };
  await runLauncher({ ...parts, onReady }, { ...settings, ...waits, memoryBytes }, signal);
  return exitCode.ok;
}

type Pods = { readonly backend: PodBackend; readonly memoryBytes: number };

/** With what a runner really may hold: a profile has the last word. */
async function openPods(settings: LauncherConfiguration): Promise<Pods> {
  const onError = (error: unknown): void =>
    log.error({ err: RunnelError.from(error) }, 'pods cannot be watched, again soon');
  if (settings.podBackend === 'kubernetes') {
    // Its client is large: whoever needs no cluster need not wait for it.
    const { kubernetesPodBackend, memoryOf, readProfile } = await import('./kubernetes-pod-backend.ts');
    const profile = await readProfile(settings.profilesFile, settings.profileName);
    const backend = kubernetesPodBackend({
      ...settings,
      profile,
      secretKeys: runnerSecrets(process.env),
      machineMs: PATIENCE.machineMs,
      onError,
    });
    return { backend, memoryBytes: memoryOf(profile) ?? settings.memoryBytes };
  }
  const { podsDir: folder, memoryBytes, runnerCommand } = settings;
  const given = runnerCommand.split(' ').filter((word) => word !== '');
  const beside = fileURLToPath(new URL('../../runner/src/main.ts', import.meta.url));
  const command = given.length > 0 ? given : [process.execPath, ...LEAN, beside];
  const environment = runnerEnvironment(process.env);
  return { backend: await processPodBackend({ folder, command, environment, memoryBytes, onError }), memoryBytes };
}

/** Runners get some of them, and what programs write must not tell them. */
function secretsOf({
  redisUrl,
  operationsToken,
  acpEnvironment,
  terminalEnvironment,
}: LauncherConfiguration): string[] {
  const given = runnerSecrets(process.env).map((name) => process.env[name] ?? '');
  // Each by itself: the whole of it stands nowhere.
  const ofPrograms = [acpEnvironment, terminalEnvironment].flatMap((environment) => Object.values(environment));
  return [...given, ...ofPrograms, operationsToken, decodeURIComponent(new URL(redisUrl).password)];
}

async function connectSlack(settings: LauncherConfiguration): Promise<Pick<LauncherParts, 'replies' | 'status'>> {
  const { slackApiUrl: apiUrl, slackBotToken: token, callTimeoutMs: timeoutMs } = settings;
  const client = slackClient({ apiUrl, token, timeoutMs });
  await slackBotIdentity(client);
  return {
    replies: slackReplySink(client),
    status: slackThreadStatus(client, (error, method) => log.warn({ err: error, method }, 'thread status not shown')),
  };
}
