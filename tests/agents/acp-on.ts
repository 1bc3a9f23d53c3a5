// Agents of the Agent Client Protocol on a model of a test's own: two of different makers, and one that plays whatever it is told to.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FixtureResponse } from '@copilotkit/aimock';
import { acpProvider } from '@runnel/runner/serving';
import type { AgentProvider } from '@runnel/runner/testing';
import { afterAll } from 'vitest';
import type { AgentUnderTest } from './describe-agent-faults.ts';
import { findAgents } from './find-agents.ts';
import { callTool, runCommand, type ModelScript } from './scripted-model.ts';

const { claude, opencode } = await findAgents();
const podUid = `pod-of-acp-${process.pid}`;
const about = { path: '/usr/bin:/bin', podUid };

const models = fileURLToPath(new URL('../../packages/runner/src/agent/opencode-models.json', import.meta.url));

const require = createRequire(import.meta.url);
const bridge = require.resolve('@agentclientprotocol/claude-agent-acp/dist/index.js');

/** Anthropic's bridge to Claude Code. */
export function bridgeOn(url: string, program = process.execPath): AgentProvider {
  const environment = {
    ANTHROPIC_API_KEY: 'key-of-the-model',
    ANTHROPIC_BASE_URL: url,
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    // It would ask its model once more, behind the answer.
    CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: 'false',
    CLAUDE_CODE_EXECUTABLE: claude,
    CLAUDE_CODE_MAX_RETRIES: '1',
  };
  return acpProvider({ ...about, command: [program, bridge], environment });
}

export const bridged: AgentUnderTest = {
  name: 'The agent',
  on: bridgeOn,
  run: (command, content) => runCommand(command, content),
  runSaying: (command, description) => callTool('Bash', { command, description }),
  podUid,
  settings: { key: 'ACP_ENVIRONMENT', program: 'ACP_COMMAND' },
  hidesRetries: true,
};

/** OpenCode asks by its own settings, whatever the policy. */
export async function opencodeAcp(): Promise<(url: string) => AgentProvider> {
  const settings = await mkdtemp(join(tmpdir(), 'runnel-opencode-'));
  afterAll(() => rm(settings, { recursive: true, force: true }));
  // What it would install from the network looks installed.
  await mkdir(join(settings, 'opencode/node_modules'), { recursive: true });
  const lock = { packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } };
  await writeFile(join(settings, 'opencode/package-lock.json'), JSON.stringify(lock));
  return (url) => {
    const model = 'anthropic/claude-sonnet-4-5';
    const options = { apiKey: 'key-of-the-model', baseURL: `${url}/v1` };
    const config = {
      enabled_providers: ['anthropic'],
      model,
      small_model: model,
      permission: { bash: 'ask', edit: 'ask' },
      provider: { anthropic: { options, models: { 'claude-sonnet-4-5': {} } } },
    };
    const environment = {
      DO_NOT_TRACK: '1',
      OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
      OPENCODE_DISABLE_FFF: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
      OPENCODE_DISABLE_MODELS_FETCH: '1',
      // Of itself it looks through those of every maker.
      OPENCODE_MODELS_PATH: models,
      XDG_CONFIG_HOME: settings,
    };
    return acpProvider({ ...about, command: [opencode, 'acp'], environment });
  };
}

/** What it plays is in the words that it is sent. */
export function playedAgent(...words: readonly string[]): AgentProvider {
  const program = fileURLToPath(new URL('./acp-played-agent.ts', import.meta.url));
  return acpProvider({ ...about, command: [process.execPath, program, ...words], environment: {} });
}

/** For the contract: `run` calls the agent's shell. */
export function acpScript(run: (command: string, content?: string) => FixtureResponse): ModelScript {
  const contract: Readonly<Record<string, readonly FixtureResponse[]>> = {
    slowly: [{ content: `begun ${'and on '.repeat(2_000)}` }],
    speak: [{ content: 'one, and then two', usage: { input_tokens: 1_000, output_tokens: 200 } }],
    fail: [{ error: { message: 'your prompt is too long' }, status: 400 }],
    'use tools': [run('echo good'), run('exit 3')],
    'work for long': [run('while :; do sleep 1; done', 'begun')],
    'run it': [run(`sh -c 'echo ran >> ran'`)],
    leave: [run('echo noted > note')],
    look: [run('cat note || echo nothing')],
  };
  return ({ prompt, results }) => {
    // Agents put words of their own before the first message.
    const said = prompt.split('\n').at(-1) ?? '';
    const word = Object.keys(contract).find((name) => said.includes(name)) ?? '';
    // Of a turn that was canceled its tool is told behind the next prompt.
    const heard = results.filter((result) => !/interrupted|aborted/.test(result));
    return contract[word]?.[heard.length] ?? { content: heard[0] ?? '' };
  };
}
