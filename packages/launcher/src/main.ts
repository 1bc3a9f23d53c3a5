// Launcher, the process: launch requests into runners.
//
// launch request -> take launch -> look -> settle -> create pod -> watch its end -> tell the lease
//
// `handleLaunch` takes a launch through its life, `observePodEnds` sees the ends of all pods; the sweeper and the
// reconciler find what both of them missed.
import { fileURLToPath } from 'node:url';
import { RunnelError } from '@runnel/shared';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger, deliverySettings, exitCode, runProcess } from '@runnel/shared/process';
import { assertFitRedis, connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { slackClient, slackError, slackReplySink, slackThreadStatus } from '@runnel/shared/slack';
import { launcherConfiguration, type LauncherConfiguration } from './config.ts';
import { processPodBackend } from './process-pod-backend.ts';
import { runLauncher, type LauncherParts } from './run-launcher.ts';
import { runnerEnvironment } from './runner-environment.ts';

/** Giving back the jobs takes a few commands each. */
const DRAIN_MS = 10_000;

/** How often a lease is looked at while its runner starts, and while it runs. */
const POLL_MS = { launching: 1_000, running: 5_000 };

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
  const queue = opened.adopt(bullmqLaunchQueue({ ...settings, onError: onRedisError }), (open) => open.close());
  const protocol = deliverySettings(settings);
  const parts = {
    delivery: new RedisDelivery(redis, protocol),
    queue,
    backend: await openPods(settings),
    ...(await connectSlack(settings)),
    log,
  };
  await runLauncher(parts, { ...settings, circuitAfter: protocol.circuitAfter, pollMs: POLL_MS }, signal);
  return exitCode.ok;
}

function openPods({ podsDir, memoryBytes, runnerCommand }: LauncherConfiguration): Promise<LauncherParts['backend']> {
  const given = runnerCommand.split(' ').filter((word) => word !== '');
  const beside = fileURLToPath(new URL('../../runner/src/main.ts', import.meta.url));
  return processPodBackend({
    folder: podsDir,
    command: given.length > 0 ? given : [process.execPath, ...LEAN, beside],
    environment: runnerEnvironment(process.env),
    memoryBytes,
    onError: (error) => log.error({ err: RunnelError.from(error) }, 'pods cannot be watched, again soon'),
  });
}

async function connectSlack(settings: LauncherConfiguration): Promise<Pick<LauncherParts, 'replies' | 'status'>> {
  const { slackApiUrl: apiUrl, slackBotToken: token, callTimeoutMs: timeoutMs } = settings;
  const client = slackClient({ apiUrl, token, timeoutMs });
  await client.auth.test().catch((reason: unknown) => {
    throw slackError(reason);
  });
  return {
    replies: slackReplySink(client),
    status: slackThreadStatus(client, (error, method) => log.warn({ err: error, method }, 'thread status not shown')),
  };
}
