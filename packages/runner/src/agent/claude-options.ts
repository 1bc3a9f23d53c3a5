// How the program of Claude Code is started for a turn.
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from '@anthropic-ai/claude-agent-sdk';
import { attachedFolder } from '../attached/attached-folder.ts';
import type { AgentStart } from './agent-process.ts';
import type { PermissionPolicy, TurnRequest } from './agent-provider.ts';
import { type ClaudeConversation, findConversation } from './claude-conversation.ts';
import { homeVariables } from './home-variables.ts';

export type ClaudeProviderOptions = {
  /** The program, as a path. */
  readonly program: string;
  /** Where commands are looked for. */
  readonly path: string;
  /** The mark of this pod, which everything that runs in it carries. */
  readonly podUid: string;
  /** What it reaches its model with, as variables: `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`. */
  readonly model: Readonly<Record<string, string>>;
};

export type ClaudeStart = {
  readonly env: AgentStart['env'];
  readonly options: Options;
  readonly conversation: ClaudeConversation;
};

/** Without it a model that never answers is waited for ten minutes. */
const ANSWER_MS = 120_000;
const RETRIES = 4;

/** Neither what it does nor that it is used is told to anybody but the model. */
const QUIET = {
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  DISABLE_AUTOUPDATER: '1',
  DISABLE_ERROR_REPORTING: '1',
  DISABLE_TELEMETRY: '1',
  DO_NOT_TRACK: '1',
};

/** It would plan for itself; of its two ways of telling a plan the one that tells all of it. */
const PLANNING = { CLAUDE_CODE_ENABLE_TASKS: '0', CLAUDE_CODE_ENABLE_TODO_TOOLS: '1' };

const MODES: Readonly<Record<PermissionPolicy, string>> = {
  full: 'bypassPermissions',
  accept_edits: 'acceptEdits',
  ask: 'default',
};

export async function startOfClaude(about: ClaudeProviderOptions, request: TurnRequest): Promise<ClaudeStart> {
  const { session, directory, policy, model } = request;
  const home = join(directory.state, 'claude');
  await mkdir(home, { recursive: true });
  await mkdir(directory.files, { recursive: true });
  const conversation = await findConversation(home, session);
  const env = {
    ...QUIET,
    ...PLANNING,
    ...about.model,
    API_TIMEOUT_MS: String(ANSWER_MS),
    CLAUDE_CODE_MAX_RETRIES: String(RETRIES),
    CLAUDE_CONFIG_DIR: home,
    ...(await homeVariables(directory)),
    // The pod is the sandbox; as root it would not work otherwise.
    IS_SANDBOX: '1',
    LANG: 'C.UTF-8',
    PATH: about.path,
    RUNNEL_POD: about.podUid,
    RUNNEL_TURN: randomUUID(),
  };
  const options: Options = {
    cwd: directory.files,
    // What the person gave it may be read without asking.
    additionalDirectories: [attachedFolder(directory)],
    env,
    pathToClaudeCodeExecutable: about.program,
    includePartialMessages: true,
    // Named as an option of its own, `bypassPermissions` has the SDK warn that nobody will be asked: questions are.
    extraArgs: { 'permission-mode': MODES[policy] },
    allowDangerouslySkipPermissions: policy === 'full',
    ...(model === undefined ? {} : { model }),
    settingSources: [],
    strictMcpConfig: true,
    systemPrompt: { type: 'preset', preset: 'claude_code' },
    ...(conversation.isKnown ? { resume: conversation.id } : { sessionId: conversation.id }),
  };
  return { env, options, conversation };
}
