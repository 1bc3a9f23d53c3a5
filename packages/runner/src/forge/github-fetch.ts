// One call to GitHub: it has a time-out, and is repeated where that may help. All of ours may be: what makes something
// finds it made already.
import { setTimeout as pass } from 'node:timers/promises';
import { decideLimitWait } from './decide-limit-wait.ts';

/** Whoever waits is a person. */
const PATIENCE_MS = 60_000;
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;

type Outcome =
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly text: string }
  | { readonly kind: 'none'; readonly error: unknown };

/** `timeoutMs` for one attempt, to the end of its answer. */
export function githubFetch(timeoutMs: number): typeof fetch {
  return async (address, init) => {
    const tiredAt = Date.now() + PATIENCE_MS;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await callOnce(address, { ...init, signal: AbortSignal.timeout(timeoutMs) });
      const waitMs = waitAfter(outcome, attempt);
      if (waitMs === undefined || attempt === ATTEMPTS || Date.now() + waitMs > tiredAt) return answerOf(outcome);
      await pass(waitMs);
    }
  };
}

/** With the whole body: Octokit takes one that is cut for an empty one. */
async function callOnce(address: Parameters<typeof fetch>[0], init: RequestInit): Promise<Outcome> {
  try {
    const { ok, status, headers, ...answer } = await read(await fetch(address, init));
    if (ok && !isJson(answer.text)) throw new Error(`an answer of ${status} that is not GitHub's`);
    return { kind: 'answer', status, headers, text: answer.text };
  } catch (error) {
    return { kind: 'none', error };
  }
}

async function read(answer: Response) {
  return { ok: answer.ok, status: answer.status, headers: answer.headers, text: await answer.text() };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function waitAfter(outcome: Outcome, attempt: number): number | undefined {
  const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
  if (outcome.kind === 'none') return pause;
  const { status, headers, text } = outcome;
  if (status >= 500) return pause;
  return decideLimitWait({ status, headers: Object.fromEntries(headers), text }, Date.now());
}

function answerOf(outcome: Outcome): Response {
  if (outcome.kind === 'none') throw outcome.error;
  const { status, headers, text } = outcome;
  return new Response(text, { status, headers });
}
