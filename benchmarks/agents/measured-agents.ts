// The agents that are measured: how each is started by itself, and what a runner is told of it. Neither reaches anything but its model.
import type { AgentPrograms } from './find-programs.ts';
import type { ShellCall } from './scripted-model.ts';

export type MeasuredAgent = {
  readonly name: keyof AgentPrograms;
  readonly title: string;
  readonly call: ShellCall;
  /** What a runner is told of its model. */
  readonly settings: (url: string) => NodeJS.ProcessEnv;
  /** By itself, on a home of its own, as its documentation has it for scripts. */
  readonly bare: (url: string, home: string) => BareStart;
};

export type BareStart = { readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };

const KEY = 'key-of-the-model';
const OPENCODE_MODEL = 'anthropic/claude-sonnet-4-5';
export const PROMPT = 'Begin with the work that we spoke of';

export const measuredAgents: readonly MeasuredAgent[] = [
  {
    name: 'claude',
    title: 'Claude Code',
    call: (command) => ({ name: 'Bash', arguments: JSON.stringify({ command, description: 'as asked' }) }),
    settings: (url) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY }),
    bare: (url, home) => ({
      args: [
        '--print',
        '--verbose',
        '--include-partial-messages',
        '--output-format=stream-json',
        '--permission-mode=bypassPermissions',
        PROMPT,
      ],
      env: {
        ANTHROPIC_API_KEY: KEY,
        ANTHROPIC_BASE_URL: url,
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        DISABLE_AUTOUPDATER: '1',
        HOME: home,
        // As root it would not bypass permissions otherwise.
        IS_SANDBOX: '1',
      },
    }),
  },
  {
    name: 'opencode',
    title: 'OpenCode',
    call: (command) => ({ name: 'bash', arguments: JSON.stringify({ command, description: 'as asked' }) }),
    settings: (url) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY, OPENCODE_MODEL }),
    bare: (url, home) => ({
      args: ['run', '--format', 'json', '--title', 'Work', PROMPT],
      env: {
        HOME: home,
        OPENCODE_CONFIG_CONTENT: JSON.stringify({
          autoupdate: false,
          share: 'disabled',
          enabled_providers: ['anthropic'],
          model: OPENCODE_MODEL,
          small_model: OPENCODE_MODEL,
          provider: { anthropic: { options: { apiKey: KEY, baseURL: `${url}/v1` } } },
        }),
        OPENCODE_DISABLE_AUTOUPDATE: '1',
        OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
        OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
        OPENCODE_DISABLE_MODELS_FETCH: '1',
      },
    }),
  },
  {
    name: 'codex',
    title: 'Codex',
    call: (cmd) => ({ name: 'exec_command', arguments: JSON.stringify({ cmd, yield_time_ms: 30_000 }) }),
    settings: (url) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: KEY, CODEX_MODEL: 'scripted' }),
    bare: (url, home) => ({
      args: [
        'exec',
        '--json',
        '--skip-git-repo-check',
        '--dangerously-bypass-approvals-and-sandbox',
        ...settingsOfCodex(url).flatMap((setting) => ['-c', setting]),
        PROMPT,
      ],
      env: { HOME: home, OPENAI_API_KEY: KEY },
    }),
  },
];

function settingsOfCodex(url: string): string[] {
  return [
    'model="scripted"',
    'model_provider="bench"',
    'model_providers.bench.name="bench"',
    `model_providers.bench.base_url="${url}/v1"`,
    'model_providers.bench.env_key="OPENAI_API_KEY"',
    'model_providers.bench.wire_api="responses"',
    'analytics.enabled=false',
    'check_for_update_on_startup=false',
    'features.plugins=false',
    'features.apps=false',
  ];
}
