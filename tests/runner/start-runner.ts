// Real runners in front of the Slack stand-in and a real Redis, started as a launcher would; everything ends with the test.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSlackStandIn, Workspace, type SlackStandIn, type WorkspaceMessage } from '@runnel/dev';
import type { EntryPayload, SessionKey, UserKey } from '@runnel/shared';
import { endMarked } from '@runnel/shared/process';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings, freshRedisUrl } from '@runnel/shared/testing';
import { expect, onTestFinished, vi } from 'vitest';
import { bareEnvironment, execPath, mainOf } from '../support/run-process.ts';

const BOT_TOKEN = 'xoxb-1-1-runner';
const TEAM = 'T0LOCAL';
const PERSON = 'U0ADA';
const CHANNEL = 'D0ADA';

/** Far below the defaults; the lease less so: here no launcher starts another one for a runner that a busy machine stopped. */
const SHORT = {
  LEASE_DURATION: '6s',
  LEASE_MARGIN: '1s',
  CALL_TIMEOUT: '3s',
  INBOX_TICK: '500ms',
  RUNNER_DRAIN: '3s',
};
const LEASE_MS = 6_000;

export type RunnerProcess = {
  readonly pid: number;
  readonly owner: string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
  log(): string;
};

export type RunnerStage = Awaited<ReturnType<typeof openRunnerStage>>;

export type RunnerStageOptions = {
  readonly redisUrl?: string;
  /** Starts a runner otherwise than from its source; `folder` is the stage's own. */
  readonly startRunner?: (owner: string, env: NodeJS.ProcessEnv, folder: string) => Promise<RunnerProcess>;
};

export async function openRunnerStage(options: RunnerStageOptions = {}) {
  const redisUrl = options.redisUrl ?? (await freshRedisUrl());
  const folder = await mkdtemp(join(tmpdir(), 'runnel-runner-process-'));
  const slack = await startSlackStandIn({ appToken: 'xapp-1', botToken: BOT_TOKEN, workspace: new Workspace() });
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  const delivery = new RedisDelivery(redis, { ...deliveryTestSettings, leaseMs: LEASE_MS, maxBacklog: 100 });
  const user: UserKey = `${TEAM}:${PERSON}`;
  onTestFinished(async () => {
    redis.disconnect();
    await slack.close();
    await rm(folder, { recursive: true, force: true });
    expect(slack.violations(), 'everything said to Slack was as Slack describes it').toEqual([]);
  });
  let controls = 0;
  let pods = 0;
  const messages = (thread: string): WorkspaceMessage[] =>
    slack.workspace
      .replies(CHANNEL, thread)
      .filter((message) => message.user === slack.workspace.bot.userId && message.deleted !== true);
  const kindOf = (message: WorkspaceMessage): unknown => message.metadata?.event_payload['kind'];
  const enqueue = (identity: string, payload: EntryPayload) => delivery.enqueue({ user, identity, payload });
  const sessionOf = (thread: string): SessionKey => `${TEAM}:${CHANNEL}:${thread}`;

  return {
    user,
    folder,
    slack,
    redis,
    delivery,
    redisUrl,
    /** Writes into a thread, a new one without `thread`, and appends it; resolves to the thread. */
    async say(text: string, thread?: string): Promise<string> {
      const message = slack.workspace.postAs(PERSON, {
        channel: CHANNEL,
        text,
        ...(thread === undefined ? {} : { threadTs: thread }),
      });
      const root = thread ?? message.ts;
      const common = { v: 1 as const, session: sessionOf(root), author: PERSON, at: Date.now() };
      await enqueue(`${TEAM}:${CHANNEL}:${message.ts}`, {
        ...common,
        type: 'prompt',
        ts: message.ts,
        text: message.text,
        fileNames: [],
      });
      return root;
    },
    stop: (thread: string) =>
      enqueue(`stop-${(controls += 1)}`, {
        v: 1,
        type: 'stop',
        session: sessionOf(thread),
        author: PERSON,
        at: Date.now(),
      }),
    /** What the bot says in a thread, cards aside. */
    said: (thread: string): string[] =>
      messages(thread)
        .filter((message) => kindOf(message) !== 'card')
        .map((message) => message.text),
    cards: (thread: string): WorkspaceMessage[] => messages(thread).filter((message) => kindOf(message) === 'card'),
    /** The runner of the launch that waits. */
    async start(settings: NodeJS.ProcessEnv = {}): Promise<RunnerProcess> {
      const { generation } = await delivery.lease(user);
      pods += 1;
      const owner = `pod-${process.pid}-${generation}-${pods}`;
      const env = {
        ...SHORT,
        ...bareEnvironment(),
        REDIS_URL: redisUrl,
        SLACK_API_URL: slack.url,
        SLACK_BOT_TOKEN: BOT_TOKEN,
        RUNNER_USER_KEY: user,
        RUNNER_GENERATION: generation,
        RUNNER_OWNER: owner,
        RUNNEL_POD: owner,
        RUNNER_HOME: join(folder, 'home'),
        STATE_DIR: join(folder, 'state'),
        AGENT_PROVIDER: 'shell',
        ALLOWED_USERS: PERSON,
        LOG_LEVEL: 'debug',
        ...settings,
      };
      return (options.startRunner ?? startRunner)(owner, env, folder);
    },
    /** What a launcher does when it sees the end of a pod. */
    async endOf(runner: RunnerProcess, counted = true): Promise<void> {
      await runner.exited;
      const { generation } = await delivery.lease(user);
      await delivery.end({ user, generation, owner: runner.owner, cause: '', counted });
      await delivery.reopen(user);
    },
    /** What the sweeper does with a lease that nobody renews. */
    async untilExpired(): Promise<void> {
      await expect.poll(async () => (await delivery.sweep(user)).kind, { timeout: 20_000, interval: 20 }).toBe('wake');
    },
    /** The path of a file of that name in any session's folder; throws while there is none. */
    async find(name: string): Promise<string> {
      const sessions = join(folder, 'home', 'sessions');
      const found = (await readdir(sessions, { recursive: true })).find((path) => path.endsWith(`/files/${name}`));
      if (found === undefined) throw new Error(`no ${name} yet`);
      return join(sessions, found);
    },
    async until(check: () => unknown, withinMs = 60_000): Promise<void> {
      await vi.waitFor(check, { timeout: withinMs, interval: 20 });
    },
    async answered(thread: string, wanted: readonly (string | RegExp)[], withinMs = 60_000): Promise<void> {
      const matches = (text: string, one: string | RegExp | undefined): boolean =>
        typeof one === 'string' ? text.includes(one) : one?.test(text) === true;
      const said = (): string[] => this.said(thread);
      await expect
        .poll(() => said().map((text, index) => (matches(text, wanted[index]) ? wanted[index] : text)), {
          timeout: withinMs,
          interval: 20,
        })
        .toEqual(wanted);
    },
    async emptied(withinMs = 60_000): Promise<void> {
      await expect.poll(() => delivery.backlog(user), { timeout: withinMs, interval: 20 }).toEqual([]);
    },
  };
}

async function startRunner(owner: string, env: NodeJS.ProcessEnv): Promise<RunnerProcess> {
  const child = spawn(execPath(), [mainOf('runner')], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const exited = untilExited(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  onTestFinished(async ({ task }) => {
    child.kill('SIGKILL');
    await exited;
    await endMarked('RUNNEL_POD', owner);
    if (task.result?.state === 'fail') process.stderr.write(`--- ${owner}\n${log}\n`);
  });
  return { pid: child.pid ?? 0, owner, exited, kill: (signal) => void child.kill(signal), log: () => log };
}

async function untilExited(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode ?? 0;
}

export type { SlackStandIn };
