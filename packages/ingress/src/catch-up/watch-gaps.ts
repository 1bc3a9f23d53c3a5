// Says every second that this process listens to Slack, and has what nobody heard caught up. Live messages never wait for it.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnelError } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { Gap, Listening } from './listening.ts';

export type GapParts = {
  readonly listening: Listening;
  readonly isConnected: () => boolean;
  readonly catchUp: (gap: Gap, signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
};

const BEAT_MS = 1_000;
/** How often a socket is looked for while there is none. */
const LOOK_MS = 100;

/** Resolves once the signal is aborted and a gap in hand is given back. Never rejects. */
export async function watchGaps(parts: GapParts, signal: AbortSignal): Promise<void> {
  const { listening, isConnected, log } = parts;
  let inHand: Promise<void> = Promise.resolve();
  while (!signal.aborted) {
    try {
      const gap = isConnected() ? await listening.beat() : undefined;
      if (gap !== undefined) inHand = closeGap(parts, gap, signal);
    } catch (error) {
      // The gap that this makes is seen by the next one.
      log.debug({ err: RunnelError.from(error) }, 'listening not noted');
    }
    await sleep(isConnected() ? BEAT_MS : LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
  await inHand;
}

async function closeGap({ listening, catchUp, log }: GapParts, gap: Gap, signal: AbortSignal): Promise<void> {
  try {
    await Promise.race([catchUp(gap, signal), untilAborted(signal)]);
    await listening.close(gap);
  } catch (reason) {
    if (signal.aborted) return listening.giveBack().catch(() => undefined);
    log.warn({ err: RunnelError.from(reason), since: gap.since }, 'not caught up, again later');
  }
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}
