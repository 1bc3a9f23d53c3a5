// One Socket Mode connection, from its opening to its end. It never reconnects by itself: in @slack/socket-mode 3.1.0 that path
// ends in unhandled rejections (a refused token, a disconnect meanwhile) and leaves 5 to 11 s without a socket at each refresh.
import { RunnelError, retryable } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { slackError } from '@runnel/shared/slack';
import { LogLevel, SocketModeClient } from '@slack/socket-mode';
import { z } from 'zod';
import type { IncomingSlackEnvelope } from './incoming-slack-envelope.ts';

export type SlackSocketOptions = {
  readonly appToken: string;
  readonly slackApiUrl: string;
  readonly callTimeoutMs: number;
  readonly log: Logger;
  /** May throw or reject: neither reaches the client. */
  readonly onEnvelope: (envelope: IncomingSlackEnvelope) => unknown;
};

export type SlackSocket = {
  /** Resolves when Slack asks this connection to go (it still carries acknowledgements), or when it is gone. */
  readonly leaving: Promise<string>;
  readonly gone: Promise<void>;
  close(): void;
};

const envelopeSchema = z.object({
  type: z.string(),
  body: z.unknown(),
  ack: z.custom<() => Promise<void>>((value) => typeof value === 'function'),
  retry_num: z.number().nullish(),
});

/** Resolves once Slack said hello. Throws `slack_auth` for a refused token and `slack_unavailable` for a connection that failed. */
export async function openSlackSocket(options: SlackSocketOptions): Promise<SlackSocket> {
  const client = new GuardedClient(options);
  const gone = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
  const leaving = new Promise<string>((resolve) => {
    client.once('leaving', resolve);
    client.once('disconnected', () => resolve('connection lost'));
  });
  try {
    await client.start();
  } catch (reason) {
    throw socketError(reason);
  }
  return { leaving, gone, close: () => void client.disconnect().catch(() => undefined) };
}

function socketError(reason: unknown): RunnelError {
  // The client rejects with nothing at all when the connection fails before the hello.
  if (reason === undefined) {
    const message = 'The connection to Slack ended before it was ready';
    return new RunnelError('slack_unavailable', message, { retry: retryable() });
  }
  const error = slackError(reason);
  if (error.code !== 'slack_auth') return error;
  return new RunnelError(
    'slack_auth',
    `Slack refuses SLACK_APP_TOKEN (${error.reason}): set the app-level token (xapp-…) of the installed app`,
    { cause: reason },
  );
}

class GuardedClient extends SocketModeClient {
  readonly #log: Logger;

  constructor({ appToken, slackApiUrl, callTimeoutMs, log, onEnvelope }: SlackSocketOptions) {
    super({
      appToken,
      autoReconnectEnabled: false,
      logger: slackLogger(log),
      // Fresh objects: the client writes into them. Without a cap its pauses grow to a quarter of an hour.
      clientOptions: {
        slackApiUrl,
        timeout: callTimeoutMs,
        retryConfig: { retries: 1_000, factor: 1.3, maxTimeout: 5_000, randomize: true },
      },
    });
    this.#log = log;
    // The typed events (`message`, `interactive` …) fire for the same envelopes: one listener, or everything happens twice.
    this.on('slack_event', (event: unknown) => void guard(() => onEnvelope(readEnvelope(event)), log));
  }

  /** What the client does with a frame of Slack's. A rejection of it would end the process. */
  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    const reason = disconnectReason(data);
    if (reason !== undefined) {
      // The client would close at once. Instead a successor is opened first, so that there is no moment without a socket.
      this.emit('leaving', reason);
      return;
    }
    try {
      await super.onWebSocketMessage(data, isBinary);
    } catch {
      // An `app_rate_limited` has no inner event, which the client needs to find; unacknowledged it would come again and again.
      await guard(() => super.onWebSocketMessage(withInnerEvent(data), isBinary), this.#log);
    }
  }
}

async function guard(work: () => unknown, log: Logger): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error }, 'slack envelope not taken');
  }
}

function readEnvelope(event: unknown): IncomingSlackEnvelope {
  const { type, body, ack, retry_num: retry } = envelopeSchema.parse(event);
  return { type, body, retry: retry ?? 0, acknowledge: () => ack() };
}

const disconnectSchema = z.object({ type: z.literal('disconnect'), reason: z.string().nullish() });

function disconnectReason(data: string | ArrayBuffer): string | undefined {
  // Everything else is the client's to read; this spares a second parse of every frame.
  if (typeof data !== 'string' || data.length > 2_000 || !data.includes('"disconnect"')) return undefined;
  const frame = disconnectSchema.safeParse(parseJson(data));
  return frame.success ? (frame.data.reason ?? 'unknown') : undefined;
}

const frameSchema = z.looseObject({ payload: z.looseObject({ type: z.string() }) });

function withInnerEvent(data: string | ArrayBuffer): string {
  const frame = frameSchema.parse(parseJson(typeof data === 'string' ? data : Buffer.from(data).toString()));
  return JSON.stringify({ ...frame, payload: { ...frame.payload, event: { type: frame.payload.type } } });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The client's own lines go where ours go. Its errors come back to us as errors, so here they are only details. */
function slackLogger(log: Logger) {
  const write = (...parts: unknown[]): void => log.debug({ text: parts.map(String).join(' ') }, 'slack client');
  const nothing = (): void => undefined;
  return {
    debug: nothing,
    info: nothing,
    warn: write,
    error: write,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => LogLevel.ERROR,
  };
}
