// Settings of a runner that its launcher passes on: both read them, so that what contradicts is refused before the first one starts.
import { acpOptions } from './acp-options.ts';
import { forgeOptions } from './forge-options.ts';
import { checkGithub, type GithubValues } from './github-options.ts';
import { option } from './option.ts';
import { terminalOptions } from './terminal-options.ts';

/** What can do the work of a turn. */
export const agentNames = ['claude', 'opencode', 'codex', 'acp', 'terminal', 'shell', 'scripted'] as const;
export type AgentName = (typeof agentNames)[number];

/** What an agent may do without asking. */
export const agentPolicies = ['full', 'accept_edits', 'ask'] as const;

const unlessLater = { where: 'AGENT_CREDENTIAL', is: 'later' };

export const runnerOptions = {
  stateDir: option.text({
    env: 'STATE_DIR',
    description:
      'Folder of the session store: manifests and archives of everybody. Left alone where STATE_BUCKET is set.',
    example: '/var/lib/runnel/state',
    instead: 'STATE_BUCKET',
  }),
  stateBucket: option.text({
    env: 'STATE_BUCKET',
    description:
      'Bucket of Google Cloud Storage that is the session store, in place of a folder; see `docs/session-state.md`.',
    example: 'our-runnel-state',
    fallback: '',
  }),
  storageApiUrl: option.url(['https:', 'http:'], {
    env: 'STORAGE_API_URL',
    description: 'Where that bucket is served. Elsewhere than at Google nobody is asked for an identity.',
    example: 'http://127.0.0.1:4443',
    fallback: 'https://storage.googleapis.com',
  }),
  providers: option.choices(agentNames, {
    env: 'AGENT_PROVIDER',
    description:
      'What does the work of a turn: `claude` is Claude Code, `opencode` OpenCode, `codex` Codex, `acp` any agent of the Agent Client Protocol, `terminal` any program with a screen; `shell` runs messages as commands: name it only where that is wanted. Of several, with commas between them, people may choose; the first one works where nobody has.',
    example: 'claude,codex',
  }),
  credential: option.choice(['required', 'later'], {
    env: 'AGENT_CREDENTIAL',
    description:
      'Whether the key of an agent may be missing: with `later`, which `npm start` chooses where there is none, a launcher starts all the same, and what people write is kept until it has one.',
    example: 'later',
    fallback: 'required',
  }),
  claudeProgram: option.text({
    env: 'CLAUDE_PROGRAM',
    description: 'The program of Claude Code: a path, or a name that is found on PATH.',
    example: '/opt/agents/claude',
    fallback: 'claude',
  }),
  opencodeProgram: option.text({
    env: 'OPENCODE_PROGRAM',
    description:
      'The program of OpenCode: a path, or a name that is found on PATH. It needs `rg` there, or beside itself.',
    example: '/opt/agents/opencode',
    fallback: 'opencode',
  }),
  opencodeModel: {
    ...option.text({
      env: 'OPENCODE_MODEL',
      description: 'The model of OpenCode, as it names it: one of Anthropic.',
      example: 'anthropic/claude-sonnet-4-5',
      needed: { where: 'AGENT_PROVIDER', is: 'opencode' },
    }),
    parse: parseModel,
  },
  anthropicApiKey: option.text({
    env: 'ANTHROPIC_API_KEY',
    description: 'With what Claude Code and OpenCode ask their model.',
    example: 'sk-ant-api03-abc',
    needed: { where: 'AGENT_PROVIDER', is: ['claude', 'opencode'], unless: unlessLater },
    secret: true,
  }),
  anthropicApiUrl: option.url(['https:', 'http:'], {
    env: 'ANTHROPIC_BASE_URL',
    description: 'Where that model is served.',
    example: 'https://api.anthropic.com',
    fallback: 'https://api.anthropic.com',
  }),
  codexProgram: option.text({
    env: 'CODEX_PROGRAM',
    description: 'The program of Codex: a path, or a name that is found on PATH.',
    example: '/opt/agents/codex',
    fallback: 'codex',
  }),
  codexModel: option.text({
    env: 'CODEX_MODEL',
    description: 'The model that Codex asks. Left empty, the one that this version of Codex takes by itself.',
    example: 'gpt-6.1-sol',
    fallback: '',
  }),
  openaiApiKey: option.text({
    env: 'OPENAI_API_KEY',
    description: 'With what Codex asks its model.',
    example: 'sk-proj-abc',
    needed: { where: 'AGENT_PROVIDER', is: 'codex', unless: unlessLater },
    secret: true,
  }),
  openaiApiUrl: option.url(['https:', 'http:'], {
    env: 'OPENAI_BASE_URL',
    description: 'Where that model is served: the address before `/responses`.',
    example: 'https://api.openai.com/v1',
    fallback: 'https://api.openai.com/v1',
  }),
  ...acpOptions,
  ...terminalOptions,
  ...forgeOptions,
  allowedUsers: option.list({
    env: 'ALLOWED_USERS',
    description:
      'Slack user ids of the people who may use Runnel. The providers `shell` and `terminal` run for nobody else.',
    example: 'U0ADA,U0GRACE',
    fallback: '',
  }),
  agentSilenceMs: option.duration({
    env: 'AGENT_SILENCE',
    description:
      'How long an agent may give no sign of life before its turn is ended. A tool that runs, and a person who is asked, may take as long as they like. Not for the shell.',
    example: '10m',
    fallback: '10m',
  }),
  agentTurnLimitMs: option.duration({
    env: 'AGENT_TURN_LIMIT',
    description:
      'How long a turn of an agent may take at most, without the time in which a person is asked. Not for the shell.',
    example: '6h',
    fallback: '6h',
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
  policy: option.choice(agentPolicies, {
    env: 'AGENT_POLICY',
    description:
      'What an agent may do without asking: `full` is everything, since the pod is the sandbox; `accept_edits` lets it change files; `ask` nothing that changes anything.',
    example: 'ask',
    fallback: 'full',
  }),
  permissionTimeoutMs: option.duration({
    env: 'PERMISSION_TIMEOUT',
    description: 'How long after it was asked a question that nobody answered counts as denied.',
    example: '24h',
    fallback: '24h',
  }),
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

type RunnerValues = GithubValues & {
  readonly providers: readonly AgentName[];
  readonly allowedUsers: readonly string[];
  readonly permissionTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxLifetimeMs: number;
  readonly drainMs: number;
};

/** Empty where another agent is at work. */
function parseModel(text: string): string {
  if (text === '' || /^anthropic\/./.test(text)) return text;
  throw new Error('must be a model of Anthropic, with anthropic/ before its name');
}

export function checkRunner(values: RunnerValues): string[] {
  const { providers, allowedUsers, permissionTimeoutMs, idleTimeoutMs, maxLifetimeMs, drainMs } = values;
  const rules: [isKept: boolean, complaint: string][] = [
    [
      // Whoever may write to a runner may run commands where it lives.
      !providers.includes('shell') || allowedUsers.length > 0,
      'The shell of AGENT_PROVIDER runs what people write as commands, so ALLOWED_USERS must name them. For example ALLOWED_USERS=U0ADA,U0GRACE',
    ],
    [
      !providers.includes('terminal') || allowedUsers.length > 0,
      'The terminal of AGENT_PROVIDER types what people write into a program, so ALLOWED_USERS must name them. For example ALLOWED_USERS=U0ADA,U0GRACE',
    ],
    [
      idleTimeoutMs < maxLifetimeMs,
      `RUNNER_IDLE_TIMEOUT (${idleTimeoutMs}ms) must be shorter than RUNNER_MAX_LIFETIME (${maxLifetimeMs}ms). For example RUNNER_IDLE_TIMEOUT=5m`,
    ],
    [
      // What waits as long as that is parked: only a parked question expires.
      idleTimeoutMs < permissionTimeoutMs,
      `RUNNER_IDLE_TIMEOUT (${idleTimeoutMs}ms) must be shorter than PERMISSION_TIMEOUT (${permissionTimeoutMs}ms). For example PERMISSION_TIMEOUT=24h`,
    ],
    [
      drainMs < maxLifetimeMs,
      `RUNNER_DRAIN (${drainMs}ms) must be shorter than RUNNER_MAX_LIFETIME (${maxLifetimeMs}ms). For example RUNNER_DRAIN=12s`,
    ],
  ];
  return [...rules.flatMap(([isKept, complaint]) => (isKept ? [] : [complaint])), ...checkGithub(values)];
}
