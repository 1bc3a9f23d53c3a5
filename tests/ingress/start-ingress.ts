// One real ingress in front of the Slack stand-in, for the tests beside it; everything ends with the test.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startSlackStandIn, Workspace, type SlackStandIn } from '@runnel/dev';
import type { Entry, UserKey } from '@runnel/shared';
import { connectRedis, RedisDelivery } from '@runnel/shared/redis';
import { deliveryTestSettings } from '@runnel/shared/testing';
import { expect, onTestFinished } from 'vitest';
import { bareEnvironment, execPath, mainOf } from '../support/run-process.ts';

const APP_TOKEN = 'xapp-test';
const BOT_TOKEN = 'xoxb-test';
export const BOT = 'U0RUNNEL';
export const ADA = { id: 'U0ADA', key: 'T0LOCAL:U0ADA', dm: 'D0ADA' } as const;
export const BEN = { id: 'U0BEN', key: 'T0LOCAL:U0BEN', dm: 'D0BEN' } as const;

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export type Ingress = {
  readonly pid: number;
  /** Where its HTTP side answers. */
  readonly url: string;
  readonly log: () => LogLine[];
  readonly stderr: () => string;
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
};

export type IngressOptions = {
  readonly standIn: SlackStandIn;
  readonly redisUrl: string;
  readonly settings?: NodeJS.ProcessEnv;
  /** Whether to wait until /readyz says so, or only until it listens. */
  readonly until?: 'ready' | 'listening';
};

/**
 * At 1, Slack waits 3 s for an acknowledgement; at a twentieth 150 ms, and delivers again at once, after 3 s, after 15 s:
 * then any message may come more than once.
 */
export async function openStandIn(timeScale = 0.05, workspace = new Workspace({ timeScale })): Promise<SlackStandIn> {
  const standIn = await startSlackStandIn({
    appToken: APP_TOKEN,
    botToken: BOT_TOKEN,
    workspace,
  });
  onTestFinished(async () => {
    await standIn.close();
    expect(standIn.violations(), 'everything said to Slack was as Slack describes it').toEqual([]);
  });
  return standIn;
}

export async function startIngress({ standIn, redisUrl, settings, until = 'ready' }: IngressOptions): Promise<Ingress> {
  const child = spawn(execPath(), [mainOf('ingress')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...bareEnvironment(),
      REDIS_URL: redisUrl,
      SLACK_API_URL: standIn.url,
      SLACK_BOT_TOKEN: BOT_TOKEN,
      SLACK_APP_TOKEN: APP_TOKEN,
      HTTP_PORT: '0',
      LOG_LEVEL: 'debug',
      ...settings,
    },
  });
  const exited = untilExited(child);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const log = (): LogLine[] => readLines(stdout());
  const find = (): LogLine | undefined => log().find((line) => line.msg === 'ingress listens');
  const said = (): string => `${stdout()}${stderr()}`;
  await expect.poll(() => find() ?? said(), { interval: 20 }).toHaveProperty('url');
  const url = String(find()?.['url']);
  if (until === 'ready') {
    const isReady = async (): Promise<unknown> => (await fetch(`${url}/readyz`)).ok || said();
    await expect.poll(isReady, { timeout: 20_000, interval: 20 }).toBe(true);
  }
  return { pid: child.pid ?? 0, url, log, stderr, exited, kill: (signal) => void child.kill(signal) };
}

/** A look into an inbox, past every process. */
export function openInbox(redisUrl: string): (user: UserKey) => Promise<Entry[]> {
  const redis = connectRedis(redisUrl, 'commands', () => undefined);
  onTestFinished(() => redis.disconnect());
  const delivery = new RedisDelivery(redis, deliveryTestSettings);
  return (user) => delivery.backlog(user);
}

/** What was said to one person only. */
export function whispersTo(standIn: SlackStandIn, user: string): string[] {
  const { workspace } = standIn;
  const all = workspace.channels().flatMap((channel) => workspace.messages(channel.id));
  return all.filter((message) => message.ephemeralTo === user).map((message) => message.text);
}

/** Whether every envelope so far was acknowledged. */
export function allAcknowledged(standIn: SlackStandIn): boolean {
  const byEvent = Map.groupBy(standIn.record.deliveries(), (delivery) => delivery.eventId ?? delivery.envelopeId);
  return [...byEvent.values()].every((attempts) => attempts.some((attempt) => attempt.ackedAt !== undefined));
}

async function untilExited(child: ChildProcess): Promise<number | string> {
  // Not `exit`: what it said last may still be on its way then.
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode ?? child.signalCode ?? 0;
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

function readLines(text: string): LogLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as LogLine);
}
