// What `npm start` says about who does the work of a message, and what is missing for it.

const AGENTS: Readonly<Record<string, string>> = {
  claude: 'Claude Code',
  opencode: 'OpenCode',
  codex: 'Codex',
  acp: 'The agent of ACP_COMMAND',
  terminal: 'The program of TERMINAL_COMMAND',
};

const KEYS: Readonly<Record<string, string>> = {
  claude: 'ANTHROPIC_API_KEY',
  opencode: 'ANTHROPIC_API_KEY',
  codex: 'OPENAI_API_KEY',
};

const COMMANDS = 'Messages run as commands.';
const INSTEAD = 'With ANTHROPIC_API_KEY set Claude Code does the work, with OPENAI_API_KEY alone Codex.';

/** One line each. The first agent does the work. */
export function sayWhoWorks(env: NodeJS.ProcessEnv): string[] {
  const agents = (env['AGENT_PROVIDER'] ?? 'shell').split(',');
  return [sayWork(agents[0] ?? '', env), ...agents.flatMap((agent) => sayMissing(agent, env))];
}

function sayWork(agent: string, env: NodeJS.ProcessEnv): string {
  if (agent === 'shell') return hasKey(env) ? COMMANDS : `${COMMANDS} ${INSTEAD}`;
  const name = AGENTS[agent];
  return name === undefined ? 'Messages are said back.' : `${name} does the work.`;
}

/** With one of them it is by choice. */
function hasKey(env: NodeJS.ProcessEnv): boolean {
  return Object.values(KEYS).some((key) => (env[key] ?? '') !== '');
}

function sayMissing(agent: string, env: NodeJS.ProcessEnv): string[] {
  const key = KEYS[agent];
  if (key === undefined || (env[key] ?? '') !== '') return [];
  return [
    `${AGENTS[agent]} has no key for its model: what is written to it is kept. End this, start it again with ${key} set,`,
    'and what was kept runs by itself.',
  ];
}
