// What GitHub's refusals mean, in a sentence for a person. Octokit's errors hold the request: nothing of them is handed on.
import { retryable, RunnelError } from '@runnel/shared';
import { decideLimitWait } from './decide-limit-wait.ts';

/** `subject` is what the work is about: "the repository acme/app". */
export async function orRefused<T>(subject: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw refusalOf(error, subject);
  }
}

export function refusalOf(error: unknown, subject: string): RunnelError {
  if (error instanceof RunnelError) return error;
  const answer = answerIn(error);
  if (answer === undefined) return noAnswer(error);
  const said = messageOf(error);
  const waitMs = decideLimitWait({ ...answer, text: said }, Date.now());
  if (waitMs !== undefined) {
    const seconds = Math.ceil(waitMs / 1_000);
    return unavailable(`GitHub asks to wait ${seconds} s before it is called again.`, waitMs);
  }
  if (answer.status >= 500) return unavailable(`GitHub answers ${answer.status} for now.`, RETRY_MS);
  if (isAboutUs(answer)) return notLetIn(said);
  if (answer.status === 404) {
    return new RunnelError('repository_unknown', `GitHub has not ${subject}, or does not show it to Runnel.`);
  }
  const place = signOnIn(answer);
  if (place !== undefined) {
    return new RunnelError(
      'repository_refused',
      `GitHub keeps ${subject} behind its organization's single sign-on, for which Runnel's token is not authorized. ` +
        `Whoever made the token authorizes it at ${place}`,
    );
  }
  return new RunnelError('repository_refused', `GitHub refuses ${subject} to Runnel: ${said || answer.status}`);
}

/** HTTP's number; 0 of what is no answer. */
export function statusOf(error: unknown): number {
  return answerIn(error)?.status ?? 0;
}

/** With all that GitHub found wrong: of a 422 the reasons stand apart. */
export function messageOf(error: unknown): string {
  const data = answerIn(error)?.data;
  if (!isRecord(data)) return '';
  const reasons = Array.isArray(data['errors']) ? data['errors'].map(reasonIn) : [];
  const said = [textOf(data['message']), ...reasons].filter((text) => text !== '').join(': ');
  return said.replaceAll(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
}

const LONGEST_MESSAGE = 300;
const RETRY_MS = 5_000;

type Answer = {
  readonly status: number;
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
};

/** Nobody comes in with that token or key, whatever is asked for. */
function isAboutUs({ status, url }: Answer): boolean {
  return status === 401 || /\/app\/installations\/\d+\/access_tokens$/.test(url);
}

function notLetIn(said: string): RunnelError {
  return new RunnelError(
    'forge_unavailable',
    `GitHub does not let Runnel in: ${said}. An operator must renew GITHUB_TOKEN, or look at the GitHub App, its key and its installation.`,
  );
}

function noAnswer(error: unknown): RunnelError {
  // Octokit's own is the first one; what went wrong is inside.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const said = reason instanceof Error ? reason.message : String(reason);
  if (isRequestError(error)) return unavailable(`GitHub does not answer: ${said}`, RETRY_MS);
  return new RunnelError('forge_unavailable', `GitHub cannot be asked: ${said}. Is GITHUB_APP_PRIVATE_KEY whole?`);
}

function unavailable(message: string, waitMs: number): RunnelError {
  return new RunnelError('forge_unavailable', message, { retry: retryable(waitMs) });
}

/** https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api: "required; url=…". */
function signOnIn({ status, headers }: Answer): string | undefined {
  const header = headers['x-github-sso'];
  if (status !== 403 || typeof header !== 'string') return undefined;
  return /\burl=(https?:\/\/[^\s;]+)/.exec(header)?.[1] ?? 'the settings of the token';
}

function answerIn(error: unknown): Answer | undefined {
  if (!isRequestError(error)) return undefined;
  const { response, request } = error;
  if (!isRecord(response) || !isRecord(request)) return undefined;
  const { status, headers, data } = response;
  return { status: Number(status), url: textOf(request['url']), headers: isRecord(headers) ? headers : {}, data };
}

/** Octokit's, by its shape: the packages bring one class each. */
function isRequestError(error: unknown): error is Error & Record<'request' | 'response', unknown> {
  return error instanceof Error && error.name === 'HttpError' && 'request' in error;
}

/** Mostly an object with a message; of a template it is a text. */
function reasonIn(reason: unknown): string {
  if (!isRecord(reason)) return textOf(reason);
  return textOf(reason['message']) || [reason['field'], reason['code']].map(textOf).join(' ').trim();
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
