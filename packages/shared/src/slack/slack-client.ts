// The one way to make a client of Slack's Web API. Its defaults wait without end, repeat posts and stop all calls for one 429.
import { type Logger, LogLevel, WebClient } from '@slack/web-api';

export type SlackClientOptions = {
  /** Base address of the Web API, for example `https://slack.com/api/`. */
  readonly apiUrl: string;
  readonly token: string;
  /** Time-out of one call in milliseconds, counted from when it is sent. */
  readonly timeoutMs: number;
};

/** What it throws goes through `slackError`. Every call makes its own option objects: the client writes the token into them. */
export function slackClient({ apiUrl, token, timeoutMs }: SlackClientOptions): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl,
    timeout: timeoutMs,
    rejectRateLimitedCalls: true,
    retryConfig: { retries: 0 },
    maxRequestConcurrency: 10,
    allowAbsoluteUrls: false,
    headers: {},
    logger: silentLogger(),
  });
}

/** The client would write lines of its own to the console; what goes wrong arrives as an error anyway. */
function silentLogger(): Logger {
  const nothing = (): void => {};
  return {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    setLevel: nothing,
    setName: nothing,
    getLevel: () => LogLevel.ERROR,
  };
}
