// Runs a stage's look again and again; one that fails is logged, the next one comes all the same.
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { LoopWatch } from './loop-watch.ts';

export type RepeatedLook = {
  readonly stage: string;
  readonly everyMs: number;
  readonly look: () => Promise<void>;
  /** Told when a look begins. */
  readonly loops?: LoopWatch;
};

/** Looks never overlap: `everyMs` counts from the end of one to the start of the next. Resolves when the signal aborts. */
export async function repeatLook(
  { stage, everyMs, look, loops }: RepeatedLook,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    loops?.turned(stage, everyMs);
    try {
      await look();
    } catch (error) {
      log.error({ err: RunnelError.from(error), stage }, 'look failed');
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
