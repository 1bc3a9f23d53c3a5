// A whole Runnel on this machine: Redis, the Slack stand-in with its chat page, ingresses, launchers; runners come by themselves.
//
//   Redis -> Slack stand-in + chat page -> forge -> ingress -> launcher -> (runners)
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { freePort } from '@runnel/shared/process';
import { chatRoutes } from './chat/chat-routes.ts';
import { FleetProcesses, type FleetPrograms } from './fleet-processes.ts';
import type { FolderRepositories } from './forge/folder-repositories.ts';
import { openLocalForge, type ServedForge } from './forge/local-forge.ts';
import { startLocalRedis } from './local-redis.ts';
import { localRunners, type LocalRunners } from './local-runners.ts';
import { startSlackStandIn, type SlackStandIn } from './slack/start-slack-stand-in.ts';
import type { Workspace } from './slack/workspace.ts';
import type { Child } from './start-child.ts';

export type LocalFleetOptions = {
  readonly folder: {
    readonly redis: string;
    readonly state: string;
    readonly forge: string;
    readonly pods: string;
    readonly logs: string;
  };
  readonly workspace: Workspace;
  /** What every process needs of the caller's environment: PATH, HOME. */
  readonly environment: NodeJS.ProcessEnv;
  /** A Redis that runs already, or the program to start one with. */
  readonly redis: { readonly url: string } | { readonly program: string };
  /** Settings of ingress, launcher and runners that differ from their defaults. */
  readonly settings?: NodeJS.ProcessEnv;
  /** Settings of one kind of process alone. */
  readonly settingsOf?: { readonly ingress: NodeJS.ProcessEnv; readonly launcher: NodeJS.ProcessEnv };
  /** A repository in which everybody works: a path on this machine, or an address. Each person has their own without it. */
  readonly repository?: string | undefined;
  /** What to run in place of the sources. */
  readonly programs?: FleetPrograms;
  readonly ingresses?: number;
  readonly launchers?: number;
  /** Slack's own durations are multiplied by it. */
  readonly timeScale?: number;
  /** Told of every process that is started here; runners are known to the pods folder. */
  readonly onStart?: (pid: number) => void;
};

export type LocalFleet = {
  readonly workspace: Workspace;
  readonly standIn: SlackStandIn;
  readonly repositories: FolderRepositories;
  readonly redisUrl: string;
  readonly runners: LocalRunners;
  /** The page, with the token of this run. */
  readonly link: string;
  readonly dashboardUrl: string;
  readonly ingresses: readonly Child[];
  readonly launchers: readonly Child[];
  /** Rejects when a process of the fleet ends by itself. */
  readonly broken: Promise<never>;
  /** Starts one more and resolves when it is ready. */
  readonly startIngress: () => Promise<Child>;
  readonly startLauncher: (changed?: NodeJS.ProcessEnv) => Promise<Child>;
  /** Drains everything and ends it, runners included: state is saved. */
  readonly end: () => Promise<void>;
  /** Ends everything at once. */
  readonly kill: () => Promise<void>;
  /** For the last moment of this process: all but the runners, which end with their Redis. */
  readonly killProcesses: () => void;
};

const SOURCES: FleetPrograms = {
  ingress: fileURLToPath(import.meta.resolve('@runnel/ingress/main')),
  launcher: fileURLToPath(import.meta.resolve('@runnel/launcher/main')),
};

/** The drain of every process fits into it. */
const END_GRACE_MS = 14_000;

export async function startLocalFleet(options: LocalFleetOptions): Promise<LocalFleet> {
  const { folder, workspace, settingsOf, onStart = () => undefined } = options;
  const { repositories, serve } = await openLocalForge(folder.forge, options.repository);
  const redis = await openRedis(options, onStart);
  const runners = await localRunners({ podsFolder: folder.pods, redisUrl: redis.url, workspace });
  // What a killed run left would answer to a Slack that is no more.
  await runners.killAll();
  const dashboardPort = await freePort();
  const tokens = { app: `xapp-${secret()}`, bot: `xoxb-${secret()}`, page: secret() };
  const dashboardUrl = `http://127.0.0.1:${dashboardPort}/queues?token=${tokens.page}`;
  const standIn = await startSlackStandIn({
    appToken: tokens.app,
    botToken: tokens.bot,
    workspace,
    routes: chatRoutes({ workspace, token: tokens.page, runners, repositories, dashboardUrl }),
    ...(options.timeScale === undefined ? {} : { timeScale: options.timeScale }),
  });
  const forge = await serve(`http://127.0.0.1:${standIn.port}/forge`, options.environment);
  const common = { REDIS_URL: redis.url, SLACK_API_URL: standIn.url, SLACK_BOT_TOKEN: tokens.bot };
  const processes = new FleetProcesses({
    logs: folder.logs,
    programs: options.programs ?? SOURCES,
    environment: { ...options.environment, ...common },
    settings: { ALLOWED_USERS: peopleOf(workspace).join(','), ...options.settings },
    ingress: { SLACK_APP_TOKEN: tokens.app, DASHBOARD_TOKEN: tokens.page, ...settingsOf?.ingress },
    launcher: { ...launcherSettings(folder), ...forge.settings, ...settingsOf?.launcher },
    dashboardPort,
    onStart,
  });
  const killProcesses = (): void => {
    processes.kill();
    redis.process?.kill();
  };
  const kill = async (): Promise<void> => {
    killProcesses();
    await runners.killAll();
  };
  await startProcesses(processes, options).catch(async (error: unknown) => {
    await kill();
    await Promise.all([runners.close(), standIn.close(), forge.close()]);
    throw error;
  });
  return {
    workspace,
    standIn,
    repositories,
    redisUrl: redis.url,
    runners,
    link: `http://127.0.0.1:${standIn.port}/?token=${tokens.page}`,
    dashboardUrl,
    ingresses: processes.ingresses,
    launchers: processes.launchers,
    broken: untilBroken([...processes.all(), redis.process]),
    startIngress: () => processes.startIngress(),
    startLauncher: (changed) => processes.startLauncher(changed),
    end: () => endInOrder({ processes, runners, standIn, forge, redis: redis.process }),
    kill,
    killProcesses,
  };
}

function launcherSettings({ pods, state }: LocalFleetOptions['folder']): NodeJS.ProcessEnv {
  return { AGENT_PROVIDER: 'shell', PODS_DIR: pods, STATE_DIR: state };
}

type FleetParts = {
  readonly processes: FleetProcesses;
  readonly runners: LocalRunners;
  readonly standIn: SlackStandIn;
  readonly forge: ServedForge;
  readonly redis: Child | undefined;
};

/** Nothing new comes in, nothing new is started, then those who work save what they have. */
async function endInOrder({ processes, runners, standIn, forge, redis }: FleetParts): Promise<void> {
  await processes.end(END_GRACE_MS);
  await runners.drainAll(END_GRACE_MS);
  await Promise.all([runners.close(), standIn.close(), forge.close()]);
  await redis?.end(END_GRACE_MS);
}

async function openRedis(
  options: LocalFleetOptions,
  onStart: (pid: number) => void,
): Promise<{ url: string; process?: Child }> {
  if ('url' in options.redis) return options.redis;
  const { folder, environment, redis } = options;
  const started = await startLocalRedis({ data: folder.redis, logs: folder.logs, program: redis.program, environment });
  onStart(started.process.pid);
  return started;
}

/** Launchers need not be waited for: their work waits for them. */
async function startProcesses(processes: FleetProcesses, options: LocalFleetOptions): Promise<void> {
  for (let n = 0; n < (options.launchers ?? 1); n += 1) await processes.startLauncher();
  for (let n = 0; n < (options.ingresses ?? 1); n += 1) await processes.startIngress();
}

function untilBroken(children: readonly (Child | undefined)[]): Promise<never> {
  const started = children.filter((child) => child !== undefined);
  const broken = Promise.race(
    started.map(async (child): Promise<never> => {
      const how = await child.ended;
      throw new Error(`${child.name} ended by itself (${how}); see ${child.logFile}`);
    }),
  );
  // Whoever wants to know waits for it; nobody has to.
  broken.catch(() => undefined);
  return broken;
}

function peopleOf(workspace: Workspace): string[] {
  return workspace
    .users()
    .filter((user) => !user.isBot)
    .map((user) => user.id);
}

function secret(): string {
  return randomBytes(16).toString('hex');
}
