// A stand-in with Slack's own clients in front of it, for the tests beside it; all of it ends with the test.
import { SocketModeClient } from '@slack/socket-mode';
import { LogLevel, WebClient } from '@slack/web-api';
import type { Logger } from '@slack/web-api';
import { expect, onTestFinished, vi } from 'vitest';
import { startSlackStandIn } from '../start-slack-stand-in.ts';
import type { SlackStandIn, SlackStandInOptions } from '../start-slack-stand-in.ts';

const APP_TOKEN = 'xapp-test';
const BOT_TOKEN = 'xoxb-test';

const SILENT: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** What the app hears on a socket: the inner event or the interaction, and the marks of the envelope. */
export type Heard = {
  body: Record<string, unknown>;
  retryNum: number;
  retryReason: string;
  eventId: string;
  socket: string;
};

export async function openStandIn(options: Partial<SlackStandInOptions> = {}): Promise<SlackStandIn> {
  const standIn = await startSlackStandIn({ appToken: APP_TOKEN, botToken: BOT_TOKEN, ...options });
  onTestFinished(() => standIn.close());
  return standIn;
}

/** Keeps what is printed from the test's own output, and gives it. */
export function catchPrinted(): () => string {
  const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  onTestFinished(() => printed.mockRestore());
  return () => printed.mock.calls.map(([text]) => String(text)).join('');
}

export function webClient(standIn: SlackStandIn, token = BOT_TOKEN): WebClient {
  const settings = {
    slackApiUrl: standIn.url,
    logger: SILENT,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
  };
  return new WebClient(token, settings);
}

/** What Slack's client makes of a refusal. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason: { data?: { error: string } }) => reason,
  );
  return error?.data?.error ?? `no refusal: ${JSON.stringify(error)}`;
}

type SlackEnvelope = {
  ack: () => Promise<void>;
  body: { event?: Record<string, unknown>; event_id?: string } & Record<string, unknown>;
  retry_num?: number;
  retry_reason?: string;
};

type Listening = {
  name: string;
  isMute: (body: Record<string, unknown>) => boolean;
  heard: Heard[];
  /** After so long without a pong it takes its socket for dead; the default is Slack's own. */
  pingTimeoutMs: number;
};

/** Connects a socket that writes down what it hears, and acknowledges it unless told otherwise. */
export async function listen(
  standIn: SlackStandIn,
  { name = 'app', isMute = () => false, heard = [], pingTimeoutMs = 5_000 }: Partial<Listening> = {},
) {
  const client = new SocketModeClient({
    appToken: APP_TOKEN,
    logger: SILENT,
    clientPingTimeout: pingTimeoutMs,
    clientOptions: { slackApiUrl: standIn.url },
  });
  client.on('slack_event', ({ ack, body, retry_num, retry_reason }: SlackEnvelope) => {
    const marks = { retryNum: retry_num ?? 0, retryReason: retry_reason ?? '', eventId: body.event_id ?? '' };
    const told = body.event ?? body;
    heard.push({ body: told, ...marks, socket: name });
    if (!isMute(told)) ack().catch(() => {});
  });
  await client.start();
  onTestFinished(async () => {
    // socket-mode 3.1.0 rejects into nowhere where it is told to go while it is coming back.
    await vi.waitFor(() => expect(client.websocket?.isActive()).toBe(true), { timeout: 60_000, interval: 10 });
    await client.disconnect();
  });
  return { client, heard };
}
