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
  start_timeout: {
    meaning: 'A runner was started and did not take its lease within RUNNER_START_TIMEOUT; it was ended.',
    action:
      'The message is kept and the start is repeated with a growing pause. The log of that runner has its last lines.',
  },
  cluster_unreachable: {
    meaning: 'The Kubernetes API does not answer, or refuses calls for now.',
    action:
      'Nothing: the launcher goes on by itself when it is back, and ends nobody meanwhile. Look at the control plane.',
  },
  image: {
    meaning: 'The image of a runner, or of a sidecar of its profile, cannot be fetched.',
    action: 'Look at RUNNER_IMAGE, the registry and its credentials. The log has the raw reason.',
  },
  unschedulable: {
    meaning: 'No machine of the cluster has room for a runner, or fits its profile. It waits for one.',
    action: 'Look at the size of the node pool and at the profile’s selectors. The log has the scheduler’s sentence.',
  },
  quota: {
    meaning: 'A quota or a limit range of the runners’ namespace leaves no room for another runner.',
    action: 'Raise the quota, or lower RUNNER_CONCURRENCY so that it is never met.',
  },
  refused: {
    meaning: 'An admission policy of the cluster refuses the pod of a runner, or the launcher may not create it.',
    action: 'The log has the policy’s sentence. Runners need nothing that `restricted` Pod Security forbids.',
  },
  configuration: {
    meaning: 'The pod of a runner names something that is not there, or cannot be run as it is.',
    action: 'The log names the missing Secret, ConfigMap, volume claim or program.',
  },
  evicted: {
    meaning: 'The machine of a runner needed its room, or went away.',
    action: 'Nothing: the next one takes over at once. If it happens often, look at the requests of the profile.',
  },
  preempted: {
    meaning: 'A runner had to make room for a pod of higher priority, or its machine was shut down.',
    action: 'Nothing: the next one takes over at once.',
  },
  deadline: {
    meaning: 'A runner lived longer than RUNNER_MAX_LIFETIME and all its grace, and was ended.',
    action: 'It should have handed itself over before: report it with the log of that runner.',
  },
  crash: {
    meaning: 'A runner ended by itself, unexpectedly.',
    action: 'The next one takes over. The log of the ended runner has its last lines.',
  },
  memory: {
    meaning: 'A runner went over its memory ceiling and was ended.',
    action: 'Raise RUNNER_MEMORY, or make the work smaller.',
  },
  storage: {
    meaning: 'A runner wrote more to its disk than it may and was ended.',
    action: 'Raise `ephemeralStorage` of its profile, or make the work smaller.',
  },
  agent_unknown: {
    meaning: 'There is no agent of the name that was asked for.',
    action: 'Name one of those that the message lists, in AGENT_PROVIDER.',
  },
  prompt_empty: {
    meaning: 'A message has no words that an agent could work on.',
    action: 'Write what shall be done, or attach a file that can be read.',
  },
  too_many_tries: {
    meaning: 'A message ended its runner three times and was set aside as a dead letter.',
    action: 'Change the message and send it again.',
  },
  operations_unreachable: {
    meaning: 'No launcher answers operators at RUNNEL_URL, or it cannot find out now what was asked for.',
    action: 'Correct RUNNEL_URL: the log of the launcher has its address. On a cluster, forward its port first.',
  },
  operations_refused: {
    meaning: 'The launcher does not let the asker in.',
    action: 'Set OPERATIONS_TOKEN to the same long random text for the launcher and for whoever asks it.',
  },
  runner_unknown: {
    meaning: 'Nobody is known under the name that was asked for.',
    action:
      'Look at who lives (`runnel runners`), or give the user key. What has ended is kept for a quarter of an hour.',
  },
  repository_unknown: {
    meaning: 'The forge has no repository of that name, or none that Runnel may see.',
    action: 'Name another one, as `owner/name`, or let Runnel see that one.',
  },
  repository_refused: {
    meaning: 'The forge does not let Runnel do that with a repository, or the person may not choose it.',
    action:
      'The message has the reason: a right that Runnel lacks, a rule for branches, a sign-on to be done; a repository that REPOSITORIES does not name.',
  },
  branch_unknown: {
    meaning: 'The repository has no branch of the name that was asked for.',
    action: 'Name one that is there: the message has some of them.',
  },
  forge_unavailable: {
    meaning: 'The forge, or git’s way to it, does not answer for now.',
    action: 'Nothing: what is not pushed stays with its thread and is pushed after the next turn.',
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
