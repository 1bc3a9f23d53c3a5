// `npm start`: everything on this machine, with a chat page in the browser.
import { bootstrap, bootstrapWithRedis, root } from './bootstrap.mjs';
import { installAgents } from './bootstrap/install-agents.mjs';
import { runNode } from './bootstrap/run-node.mjs';
import { Advice, stopWithAdvice } from './bootstrap/stop-with-advice.mjs';

const AGENTS = {
  claude: { program: 'CLAUDE_PROGRAM' },
  opencode: {
    program: 'OPENCODE_PROGRAM',
    settings: { OPENCODE_MODEL: 'anthropic/claude-sonnet-4-5' },
  },
  codex: { program: 'CODEX_PROGRAM' },
};

await stopWithAdvice(async () => {
  const hasRedis = (process.env.REDIS_URL ?? '') !== '';
  const { node, env } = hasRedis ? { node: await bootstrap(), env: process.env } : await bootstrapWithRedis();
  const agent = chooseAgent();
  const settings = {};
  for (const name of agent.split(',')) Object.assign(settings, await settingsOf(name));
  return runNode(node, ['packages/dev/src/main.ts', ...process.argv.slice(2)], {
    cwd: root,
    env: { ...env, ...settings, AGENT_PROVIDER: agent },
  });
});

/** What it takes beyond what the person has set. */
async function settingsOf(agent) {
  if (agent === 'acp' && (process.env.ACP_COMMAND ?? '') === '') {
    throw new Advice('--agent acp needs a program: set ACP_COMMAND, for example ACP_COMMAND="gemini --acp".');
  }
  if (agent === 'terminal' && [process.env.TERMINAL_COMMAND, process.env.TERMINAL_READY].some((value) => !value)) {
    throw new Advice(
      "--agent terminal needs a program and how it looks when it waits: set TERMINAL_COMMAND and TERMINAL_READY, for example TERMINAL_COMMAND='python3 -q' TERMINAL_READY='^>>> $'.",
    );
  }
  const about = AGENTS[agent];
  if (about === undefined) return {};
  // It keeps what is written until there is a key.
  const settings = { ...about.settings, AGENT_CREDENTIAL: 'later' };
  const unset = Object.entries(settings).filter(([name]) => (process.env[name] ?? '') === '');
  return { ...Object.fromEntries(unset), [about.program]: (await installAgents(root))[agent] };
}

/** As asked, or the one for whose model there is a key. */
function chooseAgent() {
  const at = process.argv.findIndex((argument) => /^--agent(=|$)/.test(argument));
  const asked = at < 0 ? undefined : (process.argv[at].split('=')[1] ?? process.argv[at + 1]);
  const { AGENT_PROVIDER: given = '', ANTHROPIC_API_KEY: anthropic = '', OPENAI_API_KEY: openai = '' } = process.env;
  if (asked !== undefined) return asked;
  if (given !== '') return given;
  if (anthropic !== '') return 'claude';
  return openai === '' ? 'shell' : 'codex';
}
