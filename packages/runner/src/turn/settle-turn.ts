// Stage: what was decided becomes lasting: archive, manifest with the reply and all it covers, post, acknowledge. In this order.
import { RunnelError, threadOf, type EntryRef, type Reply, type SessionKey } from '@runnel/shared';
import { keepTrying } from '../keep-trying.ts';
import { lostLease } from '../lease/hold-lease.ts';
import { spoken, withNotices } from '../progress/spoken-words.ts';
import type { ArchiveRef, Covered, SessionRecord } from '../store/session-store.ts';
import { postAnswer } from './post-answer.ts';
import type { TurnParts } from './turn-parts.ts';

export type Settlement = {
  readonly session: SessionKey;
  /** Covered by one write, acknowledged by one call. */
  readonly entries: readonly EntryRef[];
  /** Without it nothing is said. */
  readonly answer?: Spoken | undefined;
  /** Whether an agent may have changed the session's files. */
  readonly save: boolean;
  /** The cause, when the entries become dead letters. */
  readonly dead?: string;
  /** Ts of the card that stands in the thread. */
  readonly card?: string | undefined;
};

export type Spoken = Pick<Reply, 'deliveryId' | 'text' | 'kind' | 'mention'> & {
  /** Reading back starts at this Slack ts. */
  readonly since: string;
};

/** Resolves when all entries are acknowledged. */
export async function settle(parts: TurnParts, settlement: Settlement): Promise<void> {
  const { session, answer, entries, dead } = settlement;
  const saved = settlement.save ? await saveFiles(parts, session) : {};
  const said = answer === undefined ? undefined : { ...answer, text: withNotices(answer.text, saved.notices ?? []) };
  await parts.manifest.write(session, (record) =>
    cover(parts, record, { ...settlement, answer: said, archive: saved.archive }),
  );
  parts.tell({ type: 'session.checkpointed', session, data: { bytes: saved.archive?.bytes ?? 0 } });
  if (said !== undefined) {
    const { since, ...words } = said;
    await postAnswer(parts, { reply: { thread: threadOf(session), ...words }, since });
  }
  await acknowledge(parts, entries, dead);
}

/** Saves the files without covering anything: in a long turn, and for one that a successor runs again. */
export async function checkpoint(parts: TurnParts, session: SessionKey): Promise<void> {
  const saved = await parts.files.save(session);
  if (saved === undefined) return;
  const { archive } = saved;
  await parts.manifest.write(session, (record) => ({ ...recordOf(parts, record), archive, updatedAt: Date.now() }));
}

/** Entries that a predecessor, or we before a lost answer, settled up to the manifest. They share one reply. */
export async function settleCovered(
  parts: TurnParts,
  about: { session: SessionKey; entries: readonly EntryRef[]; mention?: string | undefined },
  covered: Covered,
): Promise<void> {
  const { session, entries, mention } = about;
  const { deliveryId, reply: text, since, dead, card } = covered;
  // An empty reply was meant to be silent, or was surely posted before.
  if (text !== '') {
    const reply = {
      thread: threadOf(session),
      deliveryId,
      text,
      kind: 'final' as const,
      ...(mention === undefined ? {} : { mention }),
    };
    await postAnswer(parts, { reply, since, maybePosted: true });
  }
  if (card !== undefined && parts.lease.fits(parts.callTimeoutMs)) {
    await parts.replies
      .remove(threadOf(session), card)
      .catch((error: unknown) => parts.log.warn({ err: error }, 'card not removed'));
  }
  await acknowledge(parts, entries, dead);
}

export async function acknowledge(parts: TurnParts, entries: readonly EntryRef[], dead?: string): Promise<void> {
  const { lease, delivery } = parts;
  const answer = await keepTrying(() => delivery.acknowledge(lease.holder, entries, dead), parts);
  if (answer === 'lost') lease.lose(lostLease('Nothing could be acknowledged: somebody else holds the lease.'));
  for (const { identity } of entries) {
    parts.manifest.acknowledged(identity);
    parts.letGo(identity);
  }
}

type Kept = { readonly archive?: ArchiveRef; readonly notices?: readonly string[] };

/** A store that is away is waited for. What cannot be packed at all must not keep the answer back: the version before it stands. */
async function saveFiles(parts: TurnParts, session: SessionKey): Promise<Kept> {
  try {
    const saved = await parts.files.save(session);
    if (saved === undefined) return {};
    return { archive: saved.archive, notices: parts.files.noticesOf(session, saved.leftOut) };
  } catch (reason) {
    parts.over.throwIfAborted();
    const error = RunnelError.from(reason);
    parts.log.error({ err: error, session }, 'session could not be saved');
    return { notices: [spoken.notSaved(error.code)] };
  }
}

type Covering = Settlement & { readonly archive?: ArchiveRef | undefined };

function cover(parts: TurnParts, before: SessionRecord | undefined, covering: Covering): SessionRecord {
  const { entries, answer, archive, dead, card } = covering;
  const record = recordOf(parts, before);
  const at = Date.now();
  const covered = entries.map(({ identity }) => ({
    identity,
    deliveryId: answer?.deliveryId ?? '',
    reply: answer?.text ?? '',
    since: answer?.since ?? '',
    at,
    ...(dead === undefined ? {} : { dead }),
    ...(card === undefined ? {} : { card }),
  }));
  return {
    ...record,
    ...(archive === undefined ? {} : { archive }),
    covered: [...record.covered, ...covered],
    updatedAt: at,
  };
}

function recordOf({ provider }: TurnParts, before: SessionRecord | undefined): SessionRecord {
  return {
    provider: provider.name,
    covered: [],
    updatedAt: Date.now(),
    ...(before === undefined ? {} : { archive: before.archive, covered: before.covered }),
  };
}
