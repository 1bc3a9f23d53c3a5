// Ingress, the process: Slack's messages into inboxes.
//
// Slack -> receive -> read -> admit -> route -> append -> wake -> acknowledge to Slack ; then show receipt
// nobody listened -> read history -> the same line from `read` on
//
// `SlackSocketReceiver` receives; `takeSlackEnvelope` is the rest of the line.
import { once } from 'node:events';
import { bullmqLaunchQueue } from '@runnel/shared/bullmq';
import { checkReadiness, redisFault, startOperationsServer } from '@runnel/shared/operations';
import { createLogger, deliverySettings, exitCode, runProcess, type OptionValues } from '@runnel/shared/process';
import { assertFitRedis, connectRedis, RedisDelivery, redisKeptThreads, redisStepTrace } from '@runnel/shared/redis';
import { slackBotIdentity, slackClient, slackReplySink, slackThreadStatus } from '@runnel/shared/slack';
import type { Redis } from 'ioredis';
import { catchUpThreads } from './catch-up/catch-up-threads.ts';
import { redisActiveThreads } from './catch-up/redis-active-threads.ts';
import { redisListening } from './catch-up/redis-listening.ts';
import { slackConversationHistory } from './catch-up/slack-conversation-history.ts';
import { watchGaps, type GapParts } from './catch-up/watch-gaps.ts';
import { ingressConfiguration } from './config.ts';
import { bullmqDashboard } from './operations/bullmq-dashboard.ts';
import { dashboardPath, dashboardRoutes } from './operations/dashboard-routes.ts';
import { redisThreadOwners } from './redis-thread-owners.ts';
import { redisToldOnce } from './redis-told-once.ts';
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
  const onDropped = (error: unknown): void => log.debug({ err: error }, 'trace dropped');
  opened.use(redisStepTrace({ redis, process: 'ingress', onDropped }));
  const { take, catchUp } = await connectStages(settings, { redis, opened });
  const receiver = new SlackSocketReceiver({
    appToken: settings.slackAppToken,
    slackApiUrl: settings.slackApiUrl,
    callTimeoutMs: settings.callTimeoutMs,
    patienceMs: settings.slackSocketTimeoutMs,
    log,
    take,
  });
  await serveOperations(settings, { redis, opened, receiver, signal });
  const isConnected = (): boolean => receiver.isConnected();
  const watching = watchGaps({ listening: redisListening(redis), isConnected, catchUp, log }, signal);

  const asked = signal.aborted ? Promise.resolve() : once(signal, 'abort');
  await Promise.race([receiver.start(), receiver.lost, asked]);
  await Promise.race([receiver.lost, asked]);
  await receiver.drain();
  await watching;
  return exitCode.ok;
}

type Opened = { readonly redis: Redis; readonly opened: AsyncDisposableStack };

type Stages = { readonly take: TakeSlackEnvelope; readonly catchUp: GapParts['catchUp'] };

/** The line of stages, with who stands behind its ports. */
async function connectStages(settings: Settings, { redis, opened }: Opened): Promise<Stages> {
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
  const take = takeSlackEnvelope(
    {
      inbox: new RedisDelivery(redis, deliverySettings(settings)),
      launches,
      // The inbox's own connection: an owner is as durable as the append that follows it.
      owners: redisThreadOwners(redis),
      told: redisToldOnce(redis),
      kept: redisKeptThreads(redis),
      status: slackThreadStatus(slack, (error, method) => log.warn({ err: error, method }, 'thread status not shown')),
      replies: slackReplySink(slack),
      log,
    },
    {
      botUser: bot.user,
      allowed: { teams: settings.allowedTeams, users: settings.allowedUsers, channels: settings.allowedChannels },
      seenMs: settings.seenMs,
      maxBacklog: settings.maxBacklog,
      callTimeoutMs: settings.callTimeoutMs,
    },
  );
  const missed = {
    active: redisActiveThreads(redis),
    history: slackConversationHistory(slack, bot.team),
    take: (body: unknown) => take({ type: 'history', body, retry: 0 }),
    team: bot.team,
    seenMs: settings.seenMs,
    log,
  };
  return { take, catchUp: (gap, stopping) => catchUpThreads(missed, gap, stopping) };
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
    routes: dashboardRoutes(dashboard.app, settings.dashboardToken),
    isAlive: () => !receiver.isLost(),
    readiness: () =>
      checkReadiness({
        redis: () => redisFault(redis),
        slackSocket: () => (receiver.isConnected() ? undefined : 'not connected'),
        process: () => (signal.aborted ? 'draining' : undefined),
      }),
  });
  opened.defer(() => server.close());
  log.info({ url: server.url, dashboard: `${server.url}${dashboardPath}` }, 'ingress listens');
}
