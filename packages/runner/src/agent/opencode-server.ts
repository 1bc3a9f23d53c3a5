// The server of OpenCode for one turn: on loopback, behind a password of its own, told everything it may know.
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createOpencodeClient, type Config, type OpencodeClient } from '@opencode-ai/sdk/v2/client';
import { startAgentProcess, type AgentProcess } from './agent-process.ts';
import type { TurnRequest } from './agent-provider.ts';
import { homeVariables } from './home-variables.ts';
import type { Conversation } from './opencode-conversation.ts';
import { listModels } from './opencode-models.ts';

export type OpencodeProgram = {
  /** A path, or a name that is found on `path`. It searches files with `rg`: from `path`, or from beside it. */
  readonly program: string;
  /** Where commands are looked for. */
  readonly path: string;
  /** The mark of this pod, which everything that runs in it carries. */
  readonly podUid: string;
};

type Start = OpencodeProgram &
  Pick<TurnRequest, 'directory' | 'onProcessGroup'> & { readonly conversation: Conversation; readonly config: Config };

export type OpencodeServer = {
  readonly process: AgentProcess;
  /** Aborted when its process has ended, or could not be started. */
  readonly ended: AbortSignal;
  /** Resolves when it listens. Rejects when it ends before. */
  readonly connect: () => Promise<OpencodeClient>;
};

const USER = 'opencode';

/** Neither what it does nor that it is used is told to anybody but the model. */
const QUIET = {
  DO_NOT_TRACK: '1',
  OPENCODE_DISABLE_AUTOUPDATE: '1',
  // Its own search leaves a copy of its library, 5 MB, in the temporary files of the machine, each time; it has `rg` too.
  OPENCODE_DISABLE_FFF: '1',
  OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  OPENCODE_DISABLE_MODELS_FETCH: '1',
  OPENCODE_DISABLE_SHARE: '1',
};

/** Nothing of what a person keeps for it, or for another agent, is read or run. */
const OURS_ALONE = {
  OPENCODE_DISABLE_CLAUDE_CODE: '1',
  OPENCODE_DISABLE_DEFAULT_PLUGINS: '1',
  OPENCODE_DISABLE_EXTERNAL_SKILLS: '1',
  OPENCODE_DISABLE_PROJECT_CONFIG: '1',
  OPENCODE_PURE: '1',
};

export async function startOpencode({
  program,
  path,
  podUid,
  directory,
  onProcessGroup,
  ...rest
}: Start): Promise<OpencodeServer> {
  const { conversation, config } = rest;
  const { database, scratch } = conversation;
  await lookInstalled(scratch);
  const models = await listModels(config.model, scratch);
  const password = randomBytes(32).toString('hex');
  const env = {
    ...QUIET,
    ...OURS_ALONE,
    ...(await homeVariables(directory)),
    LANG: 'C.UTF-8',
    OPENCODE_CONFIG_CONTENT: JSON.stringify(config),
    OPENCODE_DB: database,
    OPENCODE_ENABLE_QUESTION_TOOL: '1',
    ...(models === undefined ? {} : { OPENCODE_MODELS_PATH: models }),
    OPENCODE_SERVER_PASSWORD: password,
    OPENCODE_SERVER_USERNAME: USER,
    // It looks for a folder of settings there too.
    OPENCODE_TEST_HOME: scratch,
    PATH: program.includes('/') ? `${path}${delimiter}${dirname(program)}` : path,
    RUNNEL_POD: podUid,
    RUNNEL_TURN: randomUUID(),
    XDG_CACHE_HOME: scratch,
    XDG_CONFIG_HOME: scratch,
    XDG_DATA_HOME: scratch,
    XDG_STATE_HOME: scratch,
  };
  const args = ['serve', '--hostname', '127.0.0.1', '--port', '0'];
  const process = startAgentProcess({ command: program, args, cwd: directory.files, env, onProcessGroup });
  const ended = new AbortController();
  for (const event of ['error', 'exit']) process.child.on(event, () => ended.abort());
  const connect = async (): Promise<OpencodeClient> =>
    createOpencodeClient({
      baseUrl: await addressOf(process, ended.signal),
      directory: directory.files,
      headers: { authorization: `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}` },
      throwOnError: true,
    });
  return { process, ended: ended.signal, connect };
}

/** Into its folder of settings it installs from the network what plugins need, unless that looks done. We have no plugins. */
async function lookInstalled(configurations: string): Promise<void> {
  const folder = join(configurations, 'opencode');
  await mkdir(join(folder, 'node_modules'), { recursive: true });
  const lock = { packages: { '': { dependencies: { '@opencode-ai/plugin': '*' } } } };
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
}

async function addressOf({ child }: AgentProcess, ended: AbortSignal): Promise<string> {
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  for (;;) {
    const [, address] = /listening on (http:\S+)\n/.exec(said) ?? [];
    if (address !== undefined) {
      // Nothing else is read from it, but it must be able to write.
      child.stdout.removeAllListeners('data').resume();
      return address;
    }
    await once(child.stdout, 'data', { signal: ended });
  }
}
