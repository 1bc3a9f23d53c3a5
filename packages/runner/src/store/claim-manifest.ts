// Stage: writes the manifest back under our name before anything else, so that no earlier runner can write it any more.
// Sessions that are too old are left out here, and only here: later one of them may have a turn.
import { RunnelError, retryable, takeStep, type Entry, type SessionKey } from '@runnel/shared';
import { giveUpAfter, keepTrying } from '../keep-trying.ts';
import { lostLease } from '../lease/hold-lease.ts';
import { withinTime } from '../within-time.ts';
import { decideKeptSessions } from './decide-kept-sessions.ts';
import { forgetKept } from './forget-kept.ts';
import { forgetPerson, type ForgettingParts } from './forget-person.ts';
import {
  isSameWrite,
  manifestWriter,
  noTime,
  sessionsOf,
  type ManifestParts,
  type ManifestWriter,
} from './manifest-writer.ts';
import { noRevision, type Manifest, type Revision } from './session-store.ts';

/** Each conflict needs another write of a predecessor that does not know yet that it is over. */
const MOST_CLAIMS = 10;

export type ClaimParts = ForgettingParts;

export type ClaimLimits = { readonly patienceMs: number; readonly signal: AbortSignal };

/** Waits for a store that is away, for as long as that; then throws `store_unavailable`, and nothing has been done. */
export async function claimManifest(parts: ClaimParts, { patienceMs, signal }: ClaimLimits): Promise<ManifestWriter> {
  const unavailable = new RunnelError('store_unavailable', 'The session store did not let the manifest be claimed.', {
    retry: retryable(),
  });
  const over = AbortSignal.any([parts.over, signal, giveUpAfter(patienceMs, unavailable)]);
  // What was claimed may take longer to forget.
  const untilLost = AbortSignal.any([parts.over, signal]);
  for (let claim = 1; claim <= MOST_CLAIMS; claim += 1) {
    const claimed = await keepTrying(() => takeStep('claim', parts.lease.holder, () => claimOnce(parts)), {
      over,
      log: parts.log,
    });
    if (claimed !== undefined) return manifestWriter(parts, await forgetPerson({ ...parts, over: untilLost }, claimed));
    parts.log.warn({ claim }, 'manifest was written in between, claiming again');
    if (!(await parts.lease.renew())) throw superseded();
  }
  return parts.lease.lose(
    new RunnelError('store_conflict', `The manifest was written by others ${MOST_CLAIMS} times while it was claimed.`),
  );
}

type Claimed = Parameters<typeof manifestWriter>[1];

/** Undefined when somebody else wrote between our reading and our writing. */
async function claimOnce(parts: ClaimParts): Promise<Claimed | undefined> {
  const { store, lease, delivery, callTimeoutMs, log } = parts;
  const { user, generation, owner } = lease.holder;
  const read = await withinTime(store.readManifest(user), callTimeoutMs);
  const writer = { generation, owner, write: 1 };
  if (read !== undefined) await assertNotSuperseded(read.manifest, lease);
  const isEarlier = (read?.unreadable ?? 0) > 0;
  if (isEarlier) log.error({ user, unreadable: read?.unreadable }, 'manifest is damaged, an earlier one is used');
  const before: Manifest = read === undefined ? { v: 1, writer, sessions: {} } : read.manifest;
  const sessions = keepSessions(before, await delivery.backlog(user));
  await forgetDropped(parts, before, sessions);
  const manifest: Manifest = { ...before, writer, sessions };
  // A try before may have been written although its answer was lost.
  if (read !== undefined && isSameWrite(read.manifest, manifest)) return { ...read, isEarlier };
  const revision = await writeClaim(parts, manifest, read?.revision ?? noRevision);
  return revision === undefined ? undefined : { manifest, revision, isEarlier };
}

/** A successor may have claimed it: then our lease is over, unless its generation is one that a failover forgot. */
async function assertNotSuperseded({ writer }: Manifest, lease: ManifestParts['lease']): Promise<void> {
  const isNewer = Number(writer.generation) > Number(lease.holder.generation);
  if (isNewer && !(await lease.renew())) throw superseded();
}

function superseded(): RunnelError {
  return lostLease('Somebody else holds the lease.');
}

function keepSessions(manifest: Manifest, backlog: readonly Entry[]): Manifest['sessions'] {
  const wanted = new Set<SessionKey>();
  for (const { payload } of backlog) if (payload.type !== 'unreadable') wanted.add(payload.session);
  const isWanted = (session: SessionKey): boolean => wanted.has(session);
  return Object.fromEntries(decideKeptSessions(sessionsOf(manifest), { now: Date.now(), isWanted }));
}

/** What is let go does not begin by itself. */
async function forgetDropped(parts: ClaimParts, before: Manifest, kept: Manifest['sessions']): Promise<void> {
  const dropped = sessionsOf(before).filter(
    ([session, { held }]) => held !== undefined && !Object.hasOwn(kept, session),
  );
  if (dropped.length > 0) {
    await forgetKept(
      parts,
      dropped.map(([session]) => session),
    );
  }
}

async function writeClaim(
  { store, lease, callTimeoutMs }: ManifestParts,
  manifest: Manifest,
  over: Revision,
): Promise<Revision | undefined> {
  if (!lease.fits(callTimeoutMs)) throw noTime();
  try {
    return await withinTime(store.writeManifest(lease.holder.user, manifest, over), callTimeoutMs);
  } catch (error) {
    if (error instanceof RunnelError && error.code === 'store_conflict') return undefined;
    throw error;
  }
}
