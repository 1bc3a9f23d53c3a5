// Stage: in a long turn the files are saved from time to time, so that a crash costs minutes of them and not hours.
import { setTimeout as sleep } from 'node:timers/promises';
import { checkpoint } from './settle-turn.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';

/** Of a thread that is saved already only what changed is saved, so that need not wait for long. */
const SOON_MS = 10_000;
/** At most this share of the time is spent on it, however large the session is. */
const LARGEST_SHARE = 0.1;

/** Returns what ends it; that waits for a checkpoint under way, since the turn's own must come after it. */
export function checkpointMeanwhile(parts: TurnParts, prompt: Prompt): () => Promise<void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([ended.signal, parts.over]);
  const tellNotSaved = (error: unknown): void => {
    const { session } = prompt;
    if (!signal.aborted) parts.log.error({ err: error, session }, 'session could not be saved meanwhile');
  };
  const work = async (): Promise<void> => {
    const isSaved = parts.manifest.session(prompt.session)?.archive !== undefined;
    let pauseMs = isSaved ? Math.min(SOON_MS, parts.checkpointMs) : parts.checkpointMs;
    for (;;) {
      await sleep(pauseMs, undefined, { signal });
      const startedAt = performance.now();
      // What stood in the way may be gone by the next one.
      await checkpoint(parts, prompt).catch(tellNotSaved);
      pauseMs = Math.max(parts.checkpointMs, (performance.now() - startedAt) / LARGEST_SHARE);
    }
  };
  const done = work().catch(() => undefined);
  return async () => {
    ended.abort();
    await done;
  };
}
