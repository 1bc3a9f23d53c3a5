// What a call to Slack can end with, in Runnel's words. The one question that matters: may it have been done all the same?
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { type ErrorCode, type Retry, retryable, RunnelError, terminal } from '../errors.ts';

type Outcome = {
  readonly retry: Retry;
  /** True where the call may have been done although no answer says so: look before repeating it. */
  readonly ambiguous: boolean;
  /** Slack's own word, such as `unknown_method`; empty where the answer had none. */
  readonly reason: string;
};

export class SlackCallError extends RunnelError implements Outcome {
  readonly ambiguous: boolean;
  readonly reason: string;

  constructor(code: ErrorCode, message: string, outcome: Outcome & { cause?: unknown }) {
    super(code, message, outcome);
    this.name = 'SlackCallError';
    this.ambiguous = outcome.ambiguous;
    this.reason = outcome.reason;
  }
}

const REFUSED_TOKEN = new Set([
  'account_inactive',
  'invalid_auth',
  'not_allowed_token_type',
  'not_authed',
  'token_expired',
  'token_revoked',
]);
const LIMITED = new Set(['ratelimited', 'rate_limited', 'accesslimited', 'message_limit_exceeded']);
/** Slack's documents say of the first two that some of it may have been done. */
const MAYBE_DONE = new Set(['fatal_error', 'internal_error', 'service_unavailable']);
const NOT_DONE = new Set(['request_timeout', 'team_added_to_org']);

/** No request left this machine with any of these. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;
const DEFAULT_WAIT_MS = 1_000;

/** The one door for what the client throws. */
export function slackError(thrown: unknown): SlackCallError {
  if (thrown instanceof SlackCallError) return thrown;
  if (thrown instanceof WebAPIRateLimitedError) return limited(thrown, thrown.retryAfter * 1_000);
  if (thrown instanceof WebAPIPlatformError) return refused(thrown);
  if (thrown instanceof WebAPIHTTPError) {
    return unavailable(thrown, { message: `Slack answered with status ${thrown.statusCode}`, ambiguous: true });
  }
  if (thrown instanceof WebAPIRequestError) return unheard(thrown.original);
  // The client has no error class for a 429 that does not say how long.
  if (thrown instanceof Error && thrown.message.startsWith('Retry header')) return limited(thrown, DEFAULT_WAIT_MS);
  return unheard(thrown);
}

function refused(thrown: WebAPIPlatformError): SlackCallError {
  const { error: reason, response_metadata: metadata } = thrown.data;
  // An answer that is no JSON, such as a login page, is put whole into this field.
  if (typeof reason !== 'string' || !/^[\w:.-]{1,80}$/.test(reason)) {
    return unavailable(thrown, {
      message: 'Slack answered with something that is no answer of its API',
      ambiguous: true,
    });
  }
  if (LIMITED.has(reason)) return limited(thrown, (metadata?.retryAfter ?? 1) * 1_000, reason);
  if (MAYBE_DONE.has(reason) || NOT_DONE.has(reason)) {
    return unavailable(thrown, { message: `Slack answered ${reason}`, ambiguous: MAYBE_DONE.has(reason), reason });
  }
  const details = metadata?.messages ?? [];
  const isToken = REFUSED_TOKEN.has(reason);
  const message = [`${isToken ? 'Slack refuses the token: it' : 'Slack'} answered ${reason}`, ...details].join('; ');
  const code = isToken ? 'slack_auth' : 'slack_refused';
  return new SlackCallError(code, message, { retry: terminal, ambiguous: false, reason, cause: thrown });
}

function limited(cause: unknown, waitMs: number, reason = 'ratelimited'): SlackCallError {
  const message = `Slack asks to wait ${waitMs} ms`;
  return new SlackCallError('slack_rate_limited', message, {
    retry: retryable(waitMs),
    ambiguous: false,
    reason,
    cause,
  });
}

function unheard(thrown: unknown): SlackCallError {
  const code = networkCode(thrown);
  const message = thrown instanceof Error ? [thrown.message, code].filter(Boolean).join(' ') : String(thrown);
  return unavailable(thrown, { message: `No answer from Slack: ${message}`, ambiguous: !NEVER_SENT.test(code) });
}

type Unavailable = { readonly message: string; readonly ambiguous: boolean; readonly reason?: string };

function unavailable(cause: unknown, { message, ambiguous, reason = '' }: Unavailable): SlackCallError {
  return new SlackCallError('slack_unavailable', message, { retry: retryable(), ambiguous, reason, cause });
}

/** `fetch` hides the code of the socket one or two causes deep. */
function networkCode(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '';
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return networkCode(thrown.cause);
}
