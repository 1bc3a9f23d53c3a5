// How long GitHub asks to wait, of an answer that refuses for its rate limits.
// https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api

export type RefusedAnswer = {
  readonly status: number;
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
};

/** In ms; undefined where a limit is not the reason. `now` in ms since the epoch. */
export function decideLimitWait({ status, headers, text }: RefusedAnswer, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const retryAfter = numberIn(headers['retry-after']);
  if (retryAfter !== undefined) return Math.max(retryAfter * 1_000, LEAST_MS);
  const reset = numberIn(headers['x-ratelimit-reset']);
  if (numberIn(headers['x-ratelimit-remaining']) === 0 && reset !== undefined) {
    // In whole seconds, by another clock than ours.
    return Math.max(reset * 1_000 - now, 0) + LEAST_MS;
  }
  return status === 429 || /secondary rate limit/i.test(text) ? UNTOLD_MS : undefined;
}

const LEAST_MS = 1_000;
/** Asked for where no header tells. */
const UNTOLD_MS = 60_000;

function numberIn(header: unknown): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}
