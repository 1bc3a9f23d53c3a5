// Runs a stage's look again and again; one that fails is logged, the next one comes all the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';

export type RepeatedLook = { readonly stage: string; readonly everyMs: number; readonly look: () => Promise<void> };

/** Looks never overlap: `everyMs` counts from the end of one to the start of the next. Resolves when the signal aborts. */
export async function repeatLook(
  { stage, everyMs, look }: RepeatedLook,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await look();
    } catch (error) {
      log.error({ err: RunnelError.from(error), stage }, 'look failed');
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
