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
  /** For each call, and for the hello of a connection. */
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

/** Whatever else is wrong with a frame, what has an id can be acknowledged; left alone it would come again and again. */
const frameSchema = z.object({
  type: z.string().catch('unknown'),
  /** Of a `disconnect`. */
  reason: z.string().catch('unknown'),
  envelope_id: z.string().optional().catch(undefined),
  payload: z.unknown().optional(),
  retry_attempt: z.number().catch(0),
});

/**
 * Resolves once Slack said hello. Throws `slack_auth` for a refused token and `slack_unavailable` for a connection that failed,
 * or on which nothing was said in time: the client itself would wait for minutes.
 */
export async function openSlackSocket(options: SlackSocketOptions): Promise<SlackSocket> {
  const client = new GuardedClient(options);
  const gone = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
  const leaving = new Promise<string>((resolve) => {
    client.once('leaving', resolve);
    client.once('disconnected', () => resolve('connection lost'));
  });
  const silence = Promise.withResolvers<never>();
  let patience: NodeJS.Timeout | undefined;
  // Asking for the address has its own time-outs, and is repeated for as long as it takes.
  client.once('connecting', () => {
    patience = setTimeout(() => silence.reject(noHello(options)), options.callTimeoutMs);
  });
  try {
    await Promise.race([client.start(), silence.promise]);
  } catch (reason) {
    void client.disconnect().catch(() => undefined);
    throw socketError(reason);
  } finally {
    clearTimeout(patience);
  }
  return { leaving, gone, close: () => void client.disconnect().catch(() => undefined) };
}

function noHello({ callTimeoutMs }: SlackSocketOptions): RunnelError {
  const message = `Slack said nothing on a new connection for ${callTimeoutMs} ms`;
  return new RunnelError('slack_unavailable', message, { retry: retryable() });
}

function socketError(reason: unknown): RunnelError {
  if (reason instanceof RunnelError) return reason;
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
  readonly #onEnvelope: SlackSocketOptions['onEnvelope'];

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
    this.#onEnvelope = onEnvelope;
  }

  /**
   * A rejection would end the process. The client itself gets only what is no envelope, such as `hello`: it wants every
   * envelope to be of a shape that it knows, and tells itself of events under the names that Slack gives them.
   */
  protected override async onWebSocketMessage(data: string | ArrayBuffer, isBinary: boolean): Promise<void> {
    const frame = frameSchema.safeParse(parseJson(typeof data === 'string' ? data : Buffer.from(data).toString())).data;
    if (frame?.type === 'disconnect') {
      // The client would close at once. Instead a successor is opened first, so that there is no moment without a socket.
      this.emit('leaving', frame.reason);
      return;
    }
    await guard(
      () => (frame?.envelope_id === undefined ? super.onWebSocketMessage(data, isBinary) : this.#hand(frame)),
      this.#log,
    );
  }

  #hand({ type, payload, retry_attempt: retry, envelope_id: id = '' }: z.infer<typeof frameSchema>): unknown {
    const send = sendSchema.parse(this['send']);
    return this.#onEnvelope({ type, body: payload, retry, acknowledge: (response) => send.call(this, id, response) });
  }
}

/** Private in the client's types alone: otherwise it comes only with an envelope that the client could read. */
const sendSchema = z.custom<(id: string, response?: object) => Promise<void>>((value) => typeof value === 'function');

async function guard(work: () => unknown, log: Logger): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error }, 'slack envelope not taken');
  }
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
