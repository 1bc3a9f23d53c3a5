// The closed set of what can go wrong, each with what to do. Unknown things enter by `RunnelError.from`.

/** Each code, what it means, and what to do. `docs/errors.md` is made from this table. */
export const errorCatalog = {
  config_invalid: {
    meaning: 'Settings are missing, malformed or contradict each other. The process exits with 78.',
    action: 'Correct every setting the message lists; `docs/configuration.md` has names and examples.',
  },
  redis_unreachable: {
    meaning: 'Redis does not answer at the configured address.',
    action:
      'Start it, or correct REDIS_URL. Nothing is lost: Slack delivers again, runners end before their lease does.',
  },
  redis_unfit: {
    meaning: 'Redis answers, but must not carry leases: too old, evicting keys, a replica, or Redis Cluster.',
    action: 'Use Redis 6.2 or newer, one primary, with maxmemory-policy noeviction.',
  },
  not_durable: {
    meaning: 'A write was not confirmed by a replica in time, so it was not acknowledged.',
    action: 'Look at the replica and at REDIS_REPLICAS. Slack delivers the message again.',
  },
  slack_auth: {
    meaning: 'Slack refuses the token.',
    action: 'Set SLACK_BOT_TOKEN (xoxb-…) and SLACK_APP_TOKEN (xapp-…) of the installed app.',
  },
  slack_rate_limited: {
    meaning: 'Slack asks to wait before the next call of a method.',
    action: 'Nothing: final answers wait it out, progress is skipped.',
  },
  slack_refused: {
    meaning: 'Slack refuses a call for a reason that a repetition will not change.',
    action: 'Look up the reason in the log: a missing scope, a channel the bot is not in, an archived channel.',
  },
  slack_unavailable: {
    meaning: 'Slack did not answer, or answered with a server error.',
    action: 'Nothing: the call is repeated after looking whether it went through.',
  },
  lease_lost: {
    meaning: 'A runner is no longer the one that may answer; it ended without a trace.',
    action:
      'Nothing: its successor answers. If it happens often, look at the latency of Redis and the load of the node.',
  },
  store_conflict: {
    meaning: 'Somebody else wrote the manifest of a person: this runner has a successor.',
    action: 'Nothing: the late writer stops.',
  },
  store_corrupt: {
    meaning: 'A stored archive or manifest is missing or does not match its digest.',
    action: 'The version before it is used, else the session starts fresh and says so. Look after the bucket.',
  },
  store_unavailable: {
    meaning: 'The session store cannot be read or written.',
    action: 'Look at its address, rights and free space. Messages stay in the inbox meanwhile.',
  },
  pod_start_failed: {
    meaning: 'A runner could not be started.',
    action: 'The message is kept and the start is repeated with a growing pause. The log has the raw reason.',
  },
  crash: {
    meaning: 'A runner ended by itself, unexpectedly.',
    action: 'The next one takes over. The log of the ended runner has its last lines.',
  },
  memory: {
    meaning: 'A runner went over its memory ceiling and was ended.',
    action: 'Raise RUNNER_MEMORY, or make the work smaller.',
  },
  too_many_tries: {
    meaning: 'A message ended its runner three times and was set aside as a dead letter.',
    action: 'Change the message and send it again.',
  },
  unknown: {
    meaning: 'Something nobody foresaw.',
    action: 'Report it with the log lines around it.',
  },
} as const satisfies Record<string, { meaning: string; action: string }>;

export type ErrorCode = keyof typeof errorCatalog;

/** Whether trying again can help, and when. */
export type Retry = { readonly kind: 'terminal' } | { readonly kind: 'retryable'; readonly retryAfterMs: number };

export const terminal: Retry = { kind: 'terminal' };
export function retryable(retryAfterMs = 0): Retry {
  return { kind: 'retryable', retryAfterMs };
}

export class RunnelError extends Error {
  readonly code: ErrorCode;
  readonly retry: Retry;
  /** The message without the code in front of it. */
  readonly rawMessage: string;

  constructor(code: ErrorCode, message: string, options: { retry?: Retry; cause?: unknown } = {}) {
    super(`[${code}] ${message}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'RunnelError';
    this.code = code;
    this.rawMessage = message;
    this.retry = options.retry ?? terminal;
  }

  /** The only way in for what others throw. */
  static from(reason: unknown, code: ErrorCode = 'unknown'): RunnelError {
    if (reason instanceof RunnelError) return reason;
    const message = reason instanceof Error ? reason.message : String(reason);
    return new RunnelError(code, message, { cause: reason });
  }
}
