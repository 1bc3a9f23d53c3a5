// Settings of a runner that its launcher passes on: both read them, so that what contradicts is refused before the first one starts.
import { option } from './option.ts';

export const runnerOptions = {
  stateDir: option.text({
    env: 'STATE_DIR',
    description: 'Folder of the session store: manifests and archives of everybody.',
    example: '/var/lib/runnel/state',
  }),
  provider: option.choice(['shell', 'scripted'], {
    env: 'AGENT_PROVIDER',
    description: 'What does the work of a turn. `shell` runs messages as commands: name it only where that is wanted.',
    example: 'shell',
  }),
  allowedUsers: option.list({
    env: 'ALLOWED_USERS',
    description: 'Slack user ids of the people who may use Runnel. The shell provider runs for nobody else.',
    example: 'U0ADA,U0GRACE',
    fallback: '',
  }),
  turnConcurrency: option.integer(
    { min: 1, max: 64 },
    {
      env: 'RUNNER_TURN_CONCURRENCY',
      description: 'How many threads of one person may have a turn running at the same time.',
      example: '4',
      fallback: '4',
    },
  ),
  idleTimeoutMs: option.duration({
    env: 'RUNNER_IDLE_TIMEOUT',
    description: 'How long after the end of its last activity a runner goes to sleep.',
    example: '5m',
    fallback: '5m',
  }),
  maxLifetimeMs: option.duration({
    env: 'RUNNER_MAX_LIFETIME',
    description: 'How long a runner lives at most before it hands itself over to a successor.',
    example: '12h',
    fallback: '12h',
  }),
  drainMs: option.duration({
    env: 'RUNNER_DRAIN',
    description: 'How long a runner takes at most from SIGTERM to its end.',
    example: '12s',
    fallback: '12s',
  }),
  inboxTickMs: option.duration({
    env: 'INBOX_TICK',
    description: 'How often a runner reads its whole inbox again, whatever the blocking read brought.',
    example: '5s',
    fallback: '5s',
  }),
};

type RunnerValues = {
  readonly provider: 'shell' | 'scripted';
  readonly allowedUsers: readonly string[];
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly drainMs: number;
};

export function checkRunner(values: RunnerValues): string[] {
  const { provider, allowedUsers, idleTimeoutMs, maxLifetimeMs, drainMs } = values;
  const rules: [isKept: boolean, complaint: string][] = [
    [
      // Whoever may write to a runner may run commands where it lives.
      provider !== 'shell' || allowedUsers.length > 0,
      'AGENT_PROVIDER=shell runs what people write as commands, so ALLOWED_USERS must name them. For example ALLOWED_USERS=U0ADA,U0GRACE',
    ],
    [
      idleTimeoutMs < maxLifetimeMs,
      `RUNNER_IDLE_TIMEOUT (${idleTimeoutMs}ms) must be shorter than RUNNER_MAX_LIFETIME (${maxLifetimeMs}ms). For example RUNNER_IDLE_TIMEOUT=5m`,
    ],
    [
      drainMs < maxLifetimeMs,
      `RUNNER_DRAIN (${drainMs}ms) must be shorter than RUNNER_MAX_LIFETIME (${maxLifetimeMs}ms). For example RUNNER_DRAIN=12s`,
    ],
  ];
  return rules.flatMap(([isKept, complaint]) => (isKept ? [] : [complaint]));
}
