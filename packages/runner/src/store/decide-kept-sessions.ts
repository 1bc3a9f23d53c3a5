// Policy: which sessions the manifest keeps. Of the others nothing is left: their archives go with the manifests that name them.
import type { SessionKey } from '@runnel/shared';
import type { SessionRecord } from './session-store.ts';

export type SessionKeeping = {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether somebody writes in it right now. */
  readonly isWanted: (session: SessionKey) => boolean;
};

/** For as long a thread belongs to somebody without a word. */
const KEPT_MS = 90 * 24 * 3_600_000;
/** The whole manifest is written after every turn. */
const MOST_SESSIONS = 1_000;

type Kept = readonly [SessionKey, SessionRecord];

export function decideKeptSessions(sessions: readonly Kept[], { now, isWanted }: SessionKeeping): Kept[] {
  const newestFirst = sessions.toSorted(([, one], [, other]) => other.updatedAt - one.updatedAt);
  const kept = new Set(
    newestFirst
      .filter(([, { updatedAt }]) => updatedAt + KEPT_MS > now)
      // What still guards against a redelivery, or waits for its person, does not go for being one of many.
      .filter(([, record], place) => place < MOST_SESSIONS || record.covered.length > 0 || waitsForPerson(record))
      .map(([session]) => session),
  );
  return sessions.filter(([session]) => kept.has(session) || isWanted(session));
}

function waitsForPerson({ held, asked = [] }: SessionRecord): boolean {
  return held !== undefined || asked.length > 0;
}
