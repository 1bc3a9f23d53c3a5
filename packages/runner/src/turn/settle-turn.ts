// Stage: what was decided becomes lasting: archive, manifest with the reply and all it covers, post, acknowledge. In this order.
import { RunnelError, takeStep, threadOf, type EntryRef, type Reply, type SessionKey } from '@runnel/shared';
import { keepTrying } from '../keep-trying.ts';
import { lostLease } from '../lease/hold-lease.ts';
import { spoken, withNotices } from '../progress/spoken-words.ts';
import { forgetKept } from '../store/forget-kept.ts';
import type { ArchiveRef, AskedChange, Covered, HeldChange, SessionRecord } from '../store/session-store.ts';
import { postAnswer } from './post-answer.ts';
import type { Prompt, TurnParts } from './turn-parts.ts';
import { workButtons } from './work-buttons.ts';

export type Settlement = {
  readonly session: SessionKey;
  /** Covered by one write, acknowledged by one call. */
  readonly entries: readonly EntryRef[];
  /** Without it nothing is said. */
  readonly answer?: Spoken | undefined;
  /** Whether an agent may have changed the session's files. */
  readonly save: boolean;
  /** What becomes of the prompts that are held, in the same write. */
  readonly held?: HeldChange | undefined;
  /** What becomes of what was asked, in the same write. */
  readonly asked?: AskedChange | undefined;
  /** The cause, when the entries become dead letters. */
  readonly dead?: string;
  /** The message whose turn is over. */
  readonly message?: string;
  /** Ts of the card that stands in the thread. */
  readonly card?: string | undefined;
};

export type Spoken = Pick<Reply, 'deliveryId' | 'text' | 'kind' | 'mention' | 'buttons'> & {
  /** The commits that its buttons speak of. */
  readonly range?: string | undefined;
  /** Reading back starts at this Slack ts. */
  readonly since: string;
};

/** Resolves when all entries are acknowledged. */
export async function settle(parts: TurnParts, settlement: Settlement): Promise<void> {
  const { session, answer, entries, dead } = settlement;
  const saved = settlement.save ? await saveFiles(parts, session) : {};
  const said = answer === undefined ? undefined : { ...answer, text: withNotices(answer.text, saved.notices ?? []) };
  const hadMarked = hasMarked(parts, session);
  await parts.manifest.write(session, (record) =>
    cover(parts, record, { ...settlement, answer: said, archive: saved.archive }),
  );
  // The answer does not wait for it.
  const unnoted = hadMarked && !hasMarked(parts, session) ? forgetKept(parts, [session]) : undefined;
  parts.tell({ type: 'session.checkpointed', session, data: { bytes: saved.archive?.bytes ?? 0 } });
  if (said !== undefined) {
    const { since, range: _, ...words } = said;
    const reply = { thread: threadOf(session), ...words };
    await postAnswer(parts, { reply, since, identities: identitiesOf(entries) });
  }
  await unnoted;
  await acknowledge(parts, entries, dead);
}

/** Whether something is held for want of a credential, as was written last. */
function hasMarked({ manifest }: TurnParts, session: SessionKey): boolean {
  return manifest.session(session)?.held?.prompts.some(({ lacks }) => lacks !== undefined) === true;
}

/** Saves the files in the middle of a prompt's turn: in a long one, and for one that a successor runs again. */
export async function checkpoint(
  parts: TurnParts,
  { session, identity }: Pick<Prompt, 'session' | 'identity'>,
): Promise<void> {
  const saved = await takeStep('archive', { ...parts.lease.holder, session }, () =>
    parts.files.save(session, 'meanwhile'),
  );
  if (saved === undefined) return;
  const { archive } = saved;
  await parts.manifest.write(session, (record) => ({
    ...recordOf(parts, session, record),
    archive,
    underWay: identity,
    updatedAt: Date.now(),
  }));
}

/** Keeps what is asked, without covering anything. */
export async function recordAsked(parts: TurnParts, session: SessionKey, change: AskedChange): Promise<void> {
  await parts.manifest.write(session, (record) => ({
    ...recordOf(parts, session, record),
    asked: change(record?.asked ?? []),
    updatedAt: Date.now(),
  }));
}

/** Entries that a predecessor, or we before a lost answer, settled up to the manifest. They share one reply. */
export async function settleCovered(
  parts: TurnParts,
  about: Pick<Settlement, 'session' | 'entries'> & Partial<Pick<Reply, 'mention' | 'buttons'>>,
  covered: Covered,
): Promise<void> {
  const { session, entries, ...shape } = about;
  const { deliveryId, reply: text, since, dead, card, range } = covered;
  // An empty reply was meant to be silent, or was surely posted before.
  if (text !== '') {
    const buttons = workButtons(range);
    const reply = {
      thread: threadOf(session),
      deliveryId,
      text,
      kind: 'final' as const,
      ...(buttons === undefined ? {} : { buttons }),
      ...shape,
    };
    await postAnswer(parts, { reply, since, identities: identitiesOf(entries), maybePosted: true });
  }
  if (card !== undefined && parts.lease.fits(parts.callTimeoutMs)) {
    await parts.replies
      .remove(threadOf(session), card)
      .catch((error: unknown) => parts.log.warn({ err: error }, 'card not removed'));
  }
  await acknowledge(parts, entries, dead);
}

export async function acknowledge(parts: TurnParts, entries: readonly EntryRef[], dead?: string): Promise<void> {
  if (entries.length === 0) return;
  const { lease, delivery } = parts;
  const facts = { ...lease.holder, identities: identitiesOf(entries) };
  const answer = await keepTrying(
    () => takeStep('acknowledge', facts, () => delivery.acknowledge(lease.holder, entries, dead)),
    parts,
  );
  if (answer === 'lost') lease.lose(lostLease('Nothing could be acknowledged: somebody else holds the lease.'));
  for (const { identity } of entries) {
    parts.manifest.acknowledged(identity);
    parts.letGo(identity);
  }
}

function identitiesOf(entries: readonly EntryRef[]): string[] {
  return entries.map((entry) => entry.identity);
}

type Kept = { readonly archive?: ArchiveRef; readonly notices?: readonly string[] };

/** A store that is away is waited for. What cannot be packed at all must not keep the answer back: the version before it stands. */
async function saveFiles(parts: TurnParts, session: SessionKey): Promise<Kept> {
  try {
    const saved = await takeStep('archive', { ...parts.lease.holder, session }, () =>
      parts.files.save(session, parts.agents.isQuiet(session) ? 'after' : 'meanwhile'),
    );
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
  const { session, entries, answer, archive, held, asked, dead, card } = covering;
  const { underWay, forgetting, ...record } = recordOf(parts, session, before);
  const isOver = entries.some(({ identity }) => identity === underWay);
  const at = Date.now();
  const covered = entries.map(({ identity }) => ({
    identity,
    deliveryId: answer?.deliveryId ?? '',
    reply: answer?.text ?? '',
    since: answer?.since ?? '',
    at,
    ...(dead === undefined ? {} : { dead }),
    ...(card === undefined ? {} : { card }),
    ...(answer?.range === undefined ? {} : { range: answer.range }),
  }));
  return {
    ...record,
    ...(underWay === undefined || isOver ? {} : { underWay }),
    // Whoever stopped it is not forgotten later.
    ...(forgetting === undefined || forgetting === covering.message ? {} : { forgetting }),
    ...(archive === undefined ? {} : { archive }),
    covered: [...record.covered, ...covered],
    ...(held === undefined ? {} : { held: held(record.held) }),
    ...(asked === undefined ? {} : { asked: asked(record.asked ?? []) }),
    updatedAt: at,
  };
}

function recordOf(parts: TurnParts, session: SessionKey, before: SessionRecord | undefined): SessionRecord {
  const work = parts.workspaces?.record(session) ?? before?.work;
  const title = before?.title ?? parts.titles.get(session);
  return {
    covered: [],
    updatedAt: Date.now(),
    ...before,
    provider: parts.agents.nameOf(session),
    chosen: before?.chosen ?? parts.agents.chosenIn(session),
    ...(work === undefined ? {} : { work }),
    ...(title === undefined ? {} : { title }),
  };
}
