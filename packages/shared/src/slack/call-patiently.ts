// A call that may be repeated: waits out what passes by itself.
import { setTimeout as delay } from 'node:timers/promises';
import { RunnelError } from '../errors.ts';
import { SlackCallError, slackError } from './slack-error.ts';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/** Repeats `call` until it works, is refused, or the next try would begin after `until` (ms, `performance.now()` clock). */
export async function callPatiently<T>(call: () => Promise<T>, until: number): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call();
    } catch (thrown) {
      // A reason of our own, such as a lost lease, is no failure of Slack's.
      if (thrown instanceof RunnelError && !(thrown instanceof SlackCallError)) throw thrown;
      const error = slackError(thrown);
      if (!(await waitOut(error, attempt, until))) throw error;
    }
  }
}

/** Waits as long as Slack asked, or a growing pause. False, at once, where that would end after `until` or cannot help. */
export async function waitOut(error: SlackCallError, attempt: number, until: number): Promise<boolean> {
  if (error.retry.kind === 'terminal') return false;
  const pauseMs = Math.max(error.retry.retryAfterMs, Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS));
  if (performance.now() + pauseMs > until) return false;
  await delay(pauseMs);
  return true;
}
