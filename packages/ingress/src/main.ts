// Ingress, the process: Slack's messages into inboxes.
//
// Slack -> receive -> read -> admit -> route -> append -> wake -> acknowledge to Slack ; then show receipt
//
// `SlackSocketReceiver` receives; `takeSlackEnvelope` is the rest of the line.
import { once } from 'node:events';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { createLogger, deliverySettings, exitCode, runProcess, type OptionValues } from '@runnel/shared/process';
import { assertFitRedis, connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { slackClient, slackReplySink, slackThreadStatus } from '@runnel/shared/slack';
import type { Redis } from 'ioredis';
import { ingressConfiguration } from './config.ts';
import { bullmqDashboard } from './operations/bullmq-dashboard.ts';
import { checkReadiness } from './operations/check-readiness.ts';
import { dashboardPath, startOperationsServer } from './operations/operations-server.ts';
import { redisRole } from './operations/redis-role.ts';
import { redisThreadOwners } from './redis-thread-owners.ts';
import { redisToldOnce } from './redis-told-once.ts';
import { slackBotIdentity } from './slack/slack-bot-identity.ts';
import { SlackSocketReceiver } from './slack/slack-socket-receiver.ts';
import { takeSlackEnvelope, type TakeSlackEnvelope } from './take-slack-envelope.ts';

// How the launcher's workers hold their jobs; ingress only adds them.
const launchWorkers = { jobLockMs: 10_000, stalledCheckMs: 5_000 };

type Settings = OptionValues<typeof ingressConfiguration.table>;

const log = createLogger('ingress');
const onRedisError = (error: Error): void => log.warn({ err: error }, 'redis connection failed');

await runProcess({
  configuration: ingressConfiguration,
  env: process.env,
  argv: process.argv,
  log,
  drainMs: (settings) => settings.drainMs,
  run,
});

async function run(settings: Settings, signal: AbortSignal): Promise<number> {
  log.level = settings.logLevel;
  await assertFitRedis(settings.redisUrl, signal);
  await using opened = new AsyncDisposableStack();
  const redis = opened.adopt(connectRedis(settings.redisUrl, 'commands', onRedisError), (client) =>
    client.disconnect(),
  );
  const receiver = new SlackSocketReceiver({
    appToken: settings.slackAppToken,
    slackApiUrl: settings.slackApiUrl,
    callTimeoutMs: settings.callTimeoutMs,
    patienceMs: settings.slackSocketTimeoutMs,
    log,
    take: await connectStages(settings, { redis, opened }),
  });
  await serveOperations(settings, { redis, opened, receiver, signal });

  const asked = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  await Promise.race([receiver.start(), receiver.lost, asked]);
  await Promise.race([receiver.lost, asked]);
  await receiver.drain();
  return exitCode.ok;
}

type Opened = { readonly redis: Redis; readonly opened: AsyncDisposableStack };

/** The line of stages, with who stands behind its ports. */
async function connectStages(settings: Settings, { redis, opened }: Opened): Promise<TakeSlackEnvelope> {
  const slack = slackClient({
    apiUrl: settings.slackApiUrl,
    token: settings.slackBotToken,
    timeoutMs: settings.callTimeoutMs,
  });
  const bot = await slackBotIdentity(slack);
  log.info({ team: bot.team, bot: bot.user }, 'slack knows us');
  const launches = opened.adopt(
    bullmqLaunchQueue({ redisUrl: settings.redisUrl, onError: onRedisError, ...launchWorkers }),
    (queue) => queue.close(),
  );
  return takeSlackEnvelope(
    {
      inbox: new RedisDelivery(redis, deliverySettings(settings)),
      launches,
      // The inbox's own connection: an owner is as durable as the append that follows it.
      owners: redisThreadOwners(redis),
      told: redisToldOnce(redis),
      status: slackThreadStatus(slack, (error, method) => log.warn({ err: error, method }, 'thread status not shown')),
      replies: slackReplySink(slack),
      log,
    },
    {
      botUser: bot.user,
      allowed: { teams: settings.allowedTeams, users: settings.allowedUsers, channels: settings.allowedChannels },
      seenMs: settings.seenMs,
      maxBacklog: settings.maxBacklog,
    },
  );
}

async function serveOperations(
  settings: Settings,
  { redis, opened, receiver, signal }: Opened & { receiver: SlackSocketReceiver; signal: AbortSignal },
): Promise<void> {
  const dashboard = opened.adopt(
    bullmqDashboard({ redisUrl: settings.redisUrl, path: dashboardPath, onError: onRedisError }),
    (board) => board.close(),
  );
  const server = await startOperationsServer({
    host: settings.httpHost,
    port: settings.httpPort,
    dashboardToken: settings.dashboardToken,
    dashboard: dashboard.app,
    isAlive: () => !receiver.isLost(),
    readiness: () =>
      checkReadiness({
        redisRole: () => redisRole(redis),
        isSlackConnected: () => receiver.isConnected(),
        isDraining: () => signal.aborted,
      }),
  });
  opened.defer(() => server.close());
  log.info({ url: server.url, dashboard: `${server.url}${dashboardPath}` }, 'ingress listens');
}
