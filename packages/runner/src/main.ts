// The runner: one process, one person.
// acquire -> claim manifest -> read inbox -> session lanes -> turn: begin, restore, run, checkpoint, post, acknowledge ; idle or drain -> release
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { processEventTransport, type Holder } from '@runnel/shared';
import {
  createLogger,
  deliverySettings,
  exitCode,
  renewalMs,
  runProcess,
  type AgentName,
  type Logger,
} from '@runnel/shared/process';
import {
  assertFitRedis,
  connectRedis,
  RedisDelivery,
  redisEventTransport,
  redisKeptThreads,
  redisStepTrace,
} from '@runnel/shared/redis';
import { decodeSlackText, slackClient, slackReplySink, slackThreadStatus } from '@runnel/shared/slack';
import type { AgentProvider } from './agent/agent-provider.ts';
import { agentRegistry, type AgentFactory, type AgentRegistry } from './agent/agent-registry.ts';
import { checkTurns } from './agent/check-turns.ts';
import { scriptedProvider } from './agent/scripted-provider.ts';
import { scriptedWords } from './agent/scripted-words.ts';
import { shellProvider } from './agent/shell-provider.ts';
import { typeTurns } from './agent/type-turns.ts';
import { watchTurns } from './agent/watch-turns.ts';
import { slackFileSource } from './attached/slack-file-source.ts';
import { runnerConfiguration, type RunnerSettings } from './config.ts';
import { folderForge } from './forge/folder-forge.ts';
import type { Forge } from './forge/forge.ts';
import { acquireLease } from './lease/acquire-lease.ts';
import { holdLease } from './lease/hold-lease.ts';
import { LeaseMemory } from './lease/lease-memory.ts';
import type { RenewalThreadData } from './redis-renewal-thread.ts';
import { serveInbox, type RunnerPorts } from './serve-inbox.ts';
import { archiveFiles } from './store/archive-files.ts';
import { folderSessionStore } from './store/folder-session-store.ts';
import type { SessionStore } from './store/session-store.ts';
import { slackPerson } from './workspace/slack-person.ts';

/** In a long turn the files are saved this often. */
const CHECKPOINT_MS = 60_000;
/** The main thread may stand still for two leases; then it is taken for dead. */
const STALL_LEASES = 2;

/** A program with a screen is given so long until it waits for input. */
const TERMINAL_START_MS = 60_000;

async function run(settings: RunnerSettings, signal: AbortSignal): Promise<number> {
  const { user, generation, owner, leaseMs, leaseMarginMs } = settings;
  const holder: Holder = { user, generation, owner };
  log.level = settings.logLevel;
  await assertFitRedis(settings.redisUrl);
  const onError = (error: Error): void => log.warn({ err: error }, 'redis connection');
  const commands = connectRedis(settings.redisUrl, 'commands', onError);
  const blocking = connectRedis(settings.redisUrl, 'blocking', onError);
  const onDropped = (error: unknown): void => log.debug({ err: error }, 'trace dropped');
  const trace = redisStepTrace({ redis: commands, process: 'runner', onDropped });
  try {
    const delivery = new RedisDelivery(commands, deliverySettings(settings));
    const memory = new LeaseMemory();
    // However this process ends, what its agents started ends before.
    process.once('exit', () => memory.killGroups());
    const answer = await acquireLease({ delivery, holder, memory, leaseMs, marginMs: leaseMarginMs, log });
    log.info({ user, generation, owner, answer }, 'asked for the lease');
    if (answer === 'stale') return exitCode.ok;
    if (answer === 'busy') return exitCode.busy;
    const thread = startRenewalThread(settings, holder, memory);
    const durations = { leaseMs, marginMs: leaseMarginMs, renewalMs: renewalMs(leaseMs) };
    const lease = holdLease({ delivery, holder, memory, thread, ...durations, log });
    const ports = await openPorts(settings, log);
    return await serveInbox(
      {
        ...ports,
        delivery,
        kept: redisKeptThreads(commands),
        blocking: new RedisDelivery(blocking, deliverySettings(settings)),
        onReconnect: (listener) => [commands, blocking].forEach((redis) => redis.on('ready', listener)),
        events: redisEventTransport({
          redis: commands,
          openConnection: () => connectRedis(settings.redisUrl, 'blocking', onError),
          onDropped: (error) => log.debug({ err: error }, 'event dropped'),
        }),
      },
      { lease, settings: { ...settings, checkpointMs: CHECKPOINT_MS, home: resolve(settings.home) }, signal },
    );
  } finally {
    await trace[Symbol.asyncDispose]();
    commands.disconnect();
    blocking.disconnect();
  }
}

function startRenewalThread(settings: RunnerSettings, holder: Holder, memory: LeaseMemory): Worker {
  const { redisUrl, leaseMs, leaseMarginMs, probePort } = settings;
  const data: RenewalThreadData = {
    redisUrl,
    holder,
    memory: memory.buffer,
    leaseMs,
    marginMs: leaseMarginMs,
    renewalMs: renewalMs(leaseMs),
    stallMs: leaseMs * STALL_LEASES,
    probePort,
  };
  // Bundled, it stands beside the main file as one of its kind: stripping types costs 40 MB.
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
  return new Worker(new URL(`./redis-renewal-thread${ending}`, import.meta.url), {
    workerData: data,
    // It sends one command every few seconds: its share of the pod's memory is small.
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 64 },
  });
}

type OtherPorts = Omit<RunnerPorts, 'delivery' | 'blocking' | 'onReconnect' | 'events' | 'kept'>;

async function openPorts(settings: RunnerSettings, runnerLog: Logger): Promise<OtherPorts> {
  await mkdir(settings.home, { recursive: true, mode: 0o700 });
  const { slackApiUrl, slackBotToken, callTimeoutMs } = settings;
  const slack = slackClient({ apiUrl: slackApiUrl, token: slackBotToken, timeoutMs: callTimeoutMs });
  return {
    store: await openStore(settings),
    archiver: archiveFiles,
    agents: openAgents(settings),
    repositories: await openRepositories(settings, slack, runnerLog),
    fileSource: slackFileSource({ client: slack, apiUrl: slackApiUrl, token: slackBotToken }),
    replies: slackReplySink(slack),
    status: slackThreadStatus(slack, (error, method) => runnerLog.debug({ err: error, method }, 'status not shown')),
    localEvents: processEventTransport(),
    decode: decodeSlackText,
    log: runnerLog,
  };
}

async function openRepositories(
  settings: RunnerSettings,
  slack: ReturnType<typeof slackClient>,
  runnerLog: Logger,
): Promise<RunnerPorts['repositories']> {
  const { repository, repositories: choosable, mirrorDepth: depth, user } = settings;
  const forge = await openForge(settings);
  if (forge === undefined) return undefined;
  const findPerson = slackPerson(slack, user, (error) => runnerLog.warn({ err: error }, 'person not looked up'));
  return { forge, findPerson, repository, choosable, depth, path: searchPath() };
}

async function openForge(settings: RunnerSettings): Promise<Forge | undefined> {
  switch (settings.forge) {
    case 'none':
      return undefined;
    case 'folder':
      return folderForge({ url: settings.forgeUrl, token: settings.forgeToken });
    case 'github': {
      // GitHub's client is large too.
      const { githubForge } = await import('./forge/github-forge.ts');
      const { githubToken: token, githubAppId: appId, githubAppPrivateKey: privateKey } = settings;
      return githubForge({
        apiUrl: settings.githubApiUrl,
        identity: token === '' ? { appId, privateKey, installationId: settings.githubAppInstallationId } : { token },
        organization: settings.githubOrganization,
        template: settings.githubTemplate,
        timeoutMs: settings.callTimeoutMs,
      });
    }
  }
}

async function openStore({ stateDir, stateBucket, storageApiUrl }: RunnerSettings): Promise<SessionStore> {
  if (stateBucket === '') return folderSessionStore(resolve(stateDir));
  // Google's client is large: whoever has a folder need not wait for it.
  const { bucketSessionStore } = await import('./store/bucket-session-store.ts');
  return bucketSessionStore({ bucket: stateBucket, apiUrl: storageApiUrl });
}

/** The first one is loaded meanwhile: most turns are its. */
function openAgents(settings: RunnerSettings): AgentRegistry {
  const factories = agentFactories(settings);
  const registry = agentRegistry(Object.fromEntries(settings.providers.map((name) => [name, factories[name]])));
  registry.open().catch(() => undefined);
  return registry;
}

function agentFactories(settings: RunnerSettings): Record<AgentName, AgentFactory> {
  const about = { path: searchPath(), podUid: settings.owner };
  const limits = { silenceMs: settings.agentSilenceMs, turnMs: settings.agentTurnLimitMs };
  const agent = (provider: AgentProvider): AgentProvider => checkTurns(watchTurns(provider, limits));
  return {
    claude: async () => {
      const { claudeProvider } = await import('./agent/claude-provider.ts');
      const model = { ANTHROPIC_API_KEY: settings.anthropicApiKey, ANTHROPIC_BASE_URL: settings.anthropicApiUrl };
      return agent(claudeProvider({ ...about, program: settings.claudeProgram, model }));
    },
    opencode: async () => {
      const { opencodeProvider } = await import('./agent/opencode-provider.ts');
      const { opencodeModel: name, anthropicApiKey: key, anthropicApiUrl } = settings;
      // Its SDK wants the version of the protocol, Claude Code the address alone.
      const model = { name, key, apiUrl: `${anthropicApiUrl.replace(/\/$/, '')}/v1` };
      return agent(opencodeProvider({ ...about, program: settings.opencodeProgram, model }));
    },
    codex: async () => {
      const { codexProvider } = await import('./agent/codex-provider.ts');
      const model = { name: settings.codexModel, url: settings.openaiApiUrl, key: settings.openaiApiKey };
      return agent(codexProvider({ ...about, program: settings.codexProgram, model }));
    },
    acp: async () => {
      const { acpProvider } = await import('./agent/acp-provider.ts');
      const command = settings.acpCommand.split(' ').filter((word) => word !== '');
      return agent(acpProvider({ ...about, command, environment: settings.acpEnvironment }));
    },
    terminal: async () => {
      const { terminalProvider } = await import('./agent/terminal-provider.ts');
      const { terminalEnvironment: environment, terminalReady: ready, terminalQuietMs: quietMs } = settings;
      const command = settings.terminalCommand.split(' ').filter((word) => word !== '');
      const startMs = TERMINAL_START_MS;
      return typeTurns(
        watchTurns(terminalProvider({ ...about, command, environment, ready, quietMs, startMs }), limits),
      );
    },
    // A command may be silent, and takes as long as it takes.
    shell: () => shellProvider(about),
    // Says back what was said, or asks: enough to see every process at work without an agent.
    scripted: () => agent(scriptedProvider(({ text }) => scriptedWords(text))),
  };
}

function searchPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}

const log = createLogger('runner');

await runProcess({
  configuration: runnerConfiguration,
  env: process.env,
  argv: process.argv.slice(2),
  log,
  drainMs: (settings) => settings.drainMs,
  run,
});
