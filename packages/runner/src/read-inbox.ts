// Stage: brings every entry of the inbox: all of it first, then what comes, and all of it again whenever something may have been missed.
import { setTimeout as sleep } from 'node:timers/promises';
import { takeStep, type Entry, type InboxReader, type UserKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { keepTrying } from './keep-trying.ts';

export type InboxReading = {
  readonly user: UserKey;
  readonly delivery: Pick<InboxReader, 'backlog'>;
  /** On a connection of its own: it blocks. */
  readonly blocking: Pick<InboxReader, 'next'>;
  /** Calls the listener after each reconnect of either connection. */
  readonly onReconnect: (listener: () => void) => void;
  readonly tickMs: number;
  /** Gets entries in the order of appending; what it has in hand already it skips. `cameLater`: the first reading did not bring them. */
  readonly take: (entries: readonly Entry[], cameLater: boolean) => void;
  /** Aborted when nothing more is to be read. */
  readonly over: AbortSignal;
  readonly log: Logger;
};

export type Inbox = {
  /** Reads the whole inbox again. Resolves when that has been taken. */
  readAgain(): Promise<void>;
};

/** Resolves when the whole backlog has been taken once. */
export async function readInbox(reading: InboxReading): Promise<Inbox> {
  const { over, take, user } = reading;
  let highest = '0-0';
  let isRead = false;
  const takeOver = (entries: readonly Entry[]): void => {
    if (over.aborted || entries.length === 0) return;
    for (const { id } of entries) if (isAfter(id, highest)) highest = id;
    take(entries, isRead);
  };
  const readWhole = oneAtATime(async () =>
    takeOver(await keepTrying(() => takeStep('read', { user }, () => reading.delivery.backlog(user)), reading)),
  );
  await readWhole();
  isRead = true;
  const inBackground = (): void => void readWhole().catch(() => undefined);
  const tick = setInterval(inBackground, reading.tickMs);
  over.addEventListener('abort', () => clearInterval(tick));
  reading.onReconnect(inBackground);
  void follow(reading, takeOver, () => highest);
  return { readAgain: readWhole };
}

const PAUSE_AFTER_FAILURE_MS = 200;

/** The blocking read: what comes is in hand at once. Whatever it misses, the next whole reading brings. */
async function follow(
  reading: InboxReading,
  takeOver: (entries: readonly Entry[]) => void,
  highest: () => string,
): Promise<void> {
  const { user, blocking, tickMs, over, log } = reading;
  while (!over.aborted) {
    try {
      takeOver(await blocking.next(user, highest(), tickMs));
    } catch (error) {
      if (over.aborted) return;
      log.warn({ err: error }, 'blocking read failed');
      await sleep(PAUSE_AFTER_FAILURE_MS);
    }
  }
}

/** A call during a run waits for a run of its own: the one under way may have looked before. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    try {
      await work();
    } finally {
      current = undefined;
    }
  };
  return () => {
    if (current === undefined) return (current = start());
    following ??= current
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return (current = start());
      });
    return following;
  };
}

/** Stream ids are `milliseconds-sequence`, compared as numbers. */
export function isAfter(id: string, other: string): boolean {
  const [ms = 0, sequence = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number);
  return ms === otherMs ? sequence > otherSequence : ms > otherMs;
}
