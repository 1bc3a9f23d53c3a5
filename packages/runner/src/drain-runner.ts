// Stage: takes nothing new, lets answers and a last checkpoint through, and hands the rest over.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@runnel/shared/process';
import type { HeldLease } from './lease/hold-lease.ts';
import type { Progress } from './progress/show-progress.ts';
import type { SessionLanes } from './session/session-lanes.ts';

export type DrainParts = {
  readonly lease: HeldLease;
  readonly lanes: SessionLanes;
  readonly progress: Progress;
  /** Ends whatever is still under way: nothing is written or posted after it. */
  readonly closeAll: () => void;
  /** From the signal to the end of the process. */
  readonly drainMs: number;
  readonly log: Logger;
};

/** Of the whole drain, for answers under way and the last checkpoint. */
const SHARE_FOR_TASKS = 2 / 3;
/** Of the whole drain, until when even a call that cannot be ended is waited for. */
const SHARE_FOR_CALLS = 11 / 12;

/** Resolves when the inbox belongs to somebody else, or nothing more can be done about it. */
export async function drainRunner(parts: DrainParts): Promise<void> {
  const { lease, lanes, drainMs, log } = parts;
  const startedAt = performance.now();
  const left = (share: number): number => Math.max(0, startedAt + drainMs * share - performance.now());
  lanes.close();
  const settled = lanes.settled();
  const inTime = await within(
    settled.then(() => parts.progress.settled()),
    left(SHARE_FOR_TASKS),
  );
  parts.closeAll();
  if (!inTime) log.warn({ drainMs }, 'drain dropped what did not fit');
  // Released while a send is on its way, the successor could look for it too early.
  if (!(await within(settled, left(SHARE_FOR_CALLS)))) {
    log.error({ drainMs }, 'something did not end, lease not released');
    return;
  }
  const over = AbortSignal.timeout(Math.ceil(left(1)) + 1);
  const answer = await lease.release('drain', over).catch((error: unknown) => {
    log.error({ err: error }, 'lease not released');
  });
  log.info({ answer }, 'drained');
}

/** False when it took longer. */
async function within(work: Promise<void>, ms: number): Promise<boolean> {
  const late = new AbortController();
  const timeout = sleep(ms, false, { signal: late.signal }).catch(() => false);
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    late.abort();
  }
}
