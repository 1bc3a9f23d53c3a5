// Settings that more than one process has, and how their durations must nest.
import { option } from './option.ts';

/** Where Redis and Slack are. */
export const connectionOptions = {
  redisUrl: option.url(['redis:', 'rediss:'], {
    env: 'REDIS_URL',
    description: 'Address of the one Redis primary.',
    example: 'redis://127.0.0.1:6379',
    secret: true,
  }),
  redisReplicas: option.integer(
    { min: 0, max: 5 },
    {
      env: 'REDIS_REPLICAS',
      description:
        'How many replicas must confirm a message before Slack is told that it arrived; 0 where there is none.',
      example: '1',
      fallback: '0',
    },
  ),
  slackApiUrl: option.url(['http:', 'https:'], {
    env: 'SLACK_API_URL',
    description: "Base address of Slack's Web API.",
    example: 'https://slack.com/api/',
    fallback: 'https://slack.com/api/',
  }),
  slackBotToken: option.text({
    env: 'SLACK_BOT_TOKEN',
    description: "The app's bot token.",
    example: 'xoxb-1-2-abc',
    secret: true,
  }),
  logLevel: option.choice(['debug', 'info', 'warn', 'error'], {
    env: 'LOG_LEVEL',
    description: 'The least severe lines that are written.',
    example: 'debug',
    fallback: 'info',
  }),
};

/** The lease and what goes by it. */
export const leaseOptions = {
  leaseMs: option.duration({
    env: 'LEASE_DURATION',
    description: 'How long a runner may be silent before it has lost its inbox. It renews every quarter of it.',
    example: '30s',
    fallback: '30s',
  }),
  leaseMarginMs: option.duration({
    env: 'LEASE_MARGIN',
    description: 'How long before the end of its lease a runner that could not renew ends itself.',
    example: '5s',
    fallback: '5s',
  }),
  callTimeoutMs: option.duration({
    env: 'CALL_TIMEOUT',
    description: 'Time-out of one call to Slack, to GitHub or to the session store.',
    example: '15s',
    fallback: '15s',
  }),
  seenMs: option.duration({
    env: 'SEEN_DURATION',
    description: 'How long a message is remembered, so that a redelivery is not taken twice.',
    example: '24h',
    fallback: '24h',
  }),
  maxBacklog: option.integer(
    { min: 1, max: 10_000 },
    {
      env: 'INBOX_LIMIT',
      description: 'How many messages of one person may wait before more are refused.',
      example: '100',
      fallback: '100',
    },
  ),
  backoffMs: option.duration({
    env: 'LAUNCH_BACKOFF',
    description: 'Pause after the first failed runner of a person; it doubles with each failure in a row.',
    example: '5s',
    fallback: '5s',
  }),
};

type LeaseValues = {
  readonly leaseMs: number;
  readonly leaseMarginMs: number;
  readonly callTimeoutMs: number;
  readonly seenMs: number;
};

/** Slack's last redelivery comes after six minutes. */
const SLACK_LAST_RETRY_MS = 6 * 60_000;

/** Renewals a lease: a quarter each. */
export function renewalMs(leaseMs: number): number {
  return Math.floor(leaseMs / 4);
}

export function checkLease(values: LeaseValues): string[] {
  const room = values.leaseMs - values.leaseMarginMs - renewalMs(values.leaseMs);
  return [
    ...(values.callTimeoutMs < room
      ? []
      : [
          `CALL_TIMEOUT (${values.callTimeoutMs}ms) must be shorter than LEASE_DURATION - LEASE_MARGIN - a quarter of LEASE_DURATION (${room}ms), ` +
            'or a call could outlive the lease. For example LEASE_DURATION=30s, LEASE_MARGIN=5s, CALL_TIMEOUT=15s',
        ]),
    ...(values.seenMs > SLACK_LAST_RETRY_MS
      ? []
      : [
          `SEEN_DURATION (${values.seenMs}ms) must be longer than Slack redelivers (6m). For example SEEN_DURATION=24h`,
        ]),
  ];
}

/** What `RedisDelivery` needs, from settings and the constants of the protocol. */
export function deliverySettings(values: {
  leaseMs: number;
  seenMs: number;
  maxBacklog: number;
  backoffMs: number;
  redisReplicas: number;
}) {
  return {
    leaseMs: values.leaseMs,
    seenMs: values.seenMs,
    maxBacklog: values.maxBacklog,
    backoffMs: values.backoffMs,
    backoffCapMs: values.backoffMs * 16,
    circuitAfter: 8,
    circuitMs: values.backoffMs * 120,
    takeBacks: 20,
    replicas: values.redisReplicas,
    waitMs: 1_000,
  };
}
