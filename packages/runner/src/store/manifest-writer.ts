// The one queue for all writes of the manifest: one at a time, and whoever waits is written together in the next.
import { RunnelError, retryable, takeStep, type Holder, type SessionKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import { keepTrying } from '../keep-trying.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import { withinTime } from '../within-time.ts';
import { decideKept, type Keeping } from './decide-kept.ts';
import type { Chosen, Covered, Manifest, Revision, SessionRecord, SessionStore } from './session-store.ts';

/** A change of one session's record; `undefined` is a session that the manifest does not know yet. */
export type SessionChange = (record: SessionRecord | undefined) => SessionRecord;
export type ChosenChange = (chosen: Chosen | undefined) => Chosen;

export type ManifestWriter = {
  /** Whether a newer manifest was passed over for being damaged. */
  readonly isEarlier: boolean;
  /** As last written or claimed. */
  session(session: SessionKey): SessionRecord | undefined;
  /** All of them. */
  sessions(): readonly [SessionKey, SessionRecord][];
  /** What the person wants of threads that they begin. */
  readonly chosen: Chosen | undefined;
  /** What the manifest says of an entry that must not be run again. */
  covered(session: SessionKey, identity: string): Covered | undefined;
  /** Resolves when the change is durable; waits for a store that is away until this runner is over. */
  write(session: SessionKey, change: SessionChange): Promise<void>;
  /** The same for what the person wants. */
  writeChosen(change: ChosenChange): Promise<void>;
  /** The entry's reply was surely posted: the next write need not carry its text. */
  acknowledged(identity: string): void;
};

export type ManifestParts = {
  readonly store: SessionStore;
  readonly lease: HeldLease;
  /** Aborted when this runner may write nothing more: its lease is lost, or its drain is over. */
  readonly over: AbortSignal;
  readonly callTimeoutMs: number;
  /** How long covered entries are kept at least, in milliseconds. */
  readonly seenMs: number;
  /** Whether an entry may still be in the inbox. */
  readonly isInHand: (identity: string) => boolean;
  readonly log: Logger;
};

type Claimed = { readonly manifest: Manifest; readonly revision: Revision; readonly isEarlier: boolean };
type Waiting = {
  /** Whose record it changes; undefined for what the person wants. */
  readonly session: SessionKey | undefined;
  readonly change: (manifest: Manifest) => Manifest;
  readonly done: PromiseWithResolvers<void>;
};

export function manifestWriter(parts: ManifestParts, claimed: Claimed): ManifestWriter {
  let { manifest, revision } = claimed;
  let waiting: Waiting[] = [];
  let writing = false;
  const acknowledged = new Set<string>();

  const writeBatch = async (batch: readonly Waiting[]): Promise<void> => {
    const { isInHand, seenMs } = parts;
    const keeping = {
      now: Date.now(),
      seenMs,
      isInHand,
      isAcknowledged: (identity: string) => acknowledged.has(identity),
    };
    const { holder } = parts.lease;
    const next = nextManifest(keepLittle(manifest, keeping), batch, holder);
    const over = revision;
    acknowledged.clear();
    const facts = { ...holder, identities: newlyCovered(manifest, next, batch) };
    revision = await keepTrying(() => takeStep('manifest', facts, () => writeOnce(parts, next, over)), parts);
    manifest = next;
  };
  const pump = async (): Promise<void> => {
    if (writing) return;
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await writeBatch(batch);
        for (const one of batch) one.done.resolve();
      } catch (error) {
        for (const one of batch) one.done.reject(error);
      }
    }
    writing = false;
  };
  const add = (session: Waiting['session'], change: Waiting['change']): Promise<void> => {
    const done = Promise.withResolvers<void>();
    waiting.push({ session, change, done });
    void pump();
    return done.promise;
  };
  return {
    isEarlier: claimed.isEarlier,
    session: (session) => manifest.sessions[session],
    sessions: () => sessionsOf(manifest),
    covered: (session, identity) => manifest.sessions[session]?.covered.find((one) => one.identity === identity),
    get chosen() {
      return manifest.chosen;
    },
    write: (session, change) =>
      add(session, (before) => ({
        ...before,
        sessions: { ...before.sessions, [session]: change(before.sessions[session]) },
      })),
    writeChosen: (change) => add(undefined, (before) => ({ ...before, chosen: change(before.chosen) })),
    acknowledged: (identity) => void acknowledged.add(identity),
  };
}

function keepLittle(manifest: Manifest, keeping: Keeping): Manifest {
  const sessions: Manifest['sessions'] = {};
  for (const [session, record] of sessionsOf(manifest)) {
    sessions[session] = { ...record, covered: decideKept(record.covered, keeping) };
  }
  return { ...manifest, sessions };
}

export function sessionsOf(manifest: Manifest): [SessionKey, SessionRecord][] {
  // oxlint-disable-next-line no-unsafe-type-assertion -- the keys were parsed as session keys
  return Object.entries(manifest.sessions) as [SessionKey, SessionRecord][];
}

/** One try over that revision. The answer of a try before may have been lost: then what stands there is this very write. */
export async function writeOnce(
  { store, lease, callTimeoutMs }: ManifestParts,
  next: Manifest,
  over: Revision,
): Promise<Revision> {
  const { user } = lease.holder;
  if (!lease.fits(callTimeoutMs)) throw noTime();
  try {
    return await withinTime(store.writeManifest(user, next, over), callTimeoutMs);
  } catch (error) {
    if (!(error instanceof RunnelError) || error.code !== 'store_conflict') throw error;
    const standing = await withinTime(store.readManifest(user), callTimeoutMs);
    if (standing !== undefined && isSameWrite(standing.manifest, next)) return standing.revision;
    return lease.lose(error);
  }
}

function newlyCovered(before: Manifest, next: Manifest, batch: readonly Waiting[]): string[] {
  return batch.flatMap(({ session }) => {
    if (session === undefined) return [];
    const known = new Set(before.sessions[session]?.covered.map((one) => one.identity));
    const covered = next.sessions[session]?.covered.map((one) => one.identity) ?? [];
    return covered.filter((identity) => !known.has(identity));
  });
}

export function isSameWrite(one: Manifest, other: Manifest): boolean {
  const { generation, owner, write } = one.writer;
  return generation === other.writer.generation && owner === other.writer.owner && write === other.writer.write;
}

/** The renewal is late, but not lost: a moment later there is room again, or the lease is gone. */
export function noTime(): RunnelError {
  return new RunnelError('store_unavailable', 'The lease has no room for another call.', { retry: retryable() });
}

function nextManifest(manifest: Manifest, batch: readonly Waiting[], { generation, owner }: Holder): Manifest {
  const writer = { generation, owner, write: manifest.writer.write + 1 };
  let next: Manifest = { ...manifest, writer };
  for (const { change } of batch) next = change(next);
  return next;
}
