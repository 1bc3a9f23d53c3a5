// Stage: the files of sessions in this pod: brought back when a session's first turn begins, saved after every turn.
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RunnelError, type SessionKey, type UserKey } from '@runnel/shared';
import type { Logger } from '@runnel/shared/process';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { keepTrying } from '../keep-trying.ts';
import type { HeldLease } from '../lease/hold-lease.ts';
import { sayLeftOut, spoken } from '../progress/spoken-words.ts';
import { noTime, type ManifestWriter } from '../store/manifest-writer.ts';
import type { LeftOut, SessionArchiver } from '../store/session-archiver.ts';
import type { ArchiveRef, SessionStore } from '../store/session-store.ts';
import { KeptArchives } from './kept-archives.ts';
import { removeFolder } from './remove-folder.ts';
import { sessionDirectory } from './session-directory.ts';

export type SessionFilesParts = {
  readonly user: UserKey;
  readonly home: string;
  readonly store: SessionStore;
  readonly archiver: SessionArchiver;
  readonly manifest: Pick<ManifestWriter, 'session' | 'isEarlier'>;
  readonly lease: Pick<HeldLease, 'fits'>;
  readonly callTimeoutMs: number;
  /** Aborted when this runner may do nothing more. */
  readonly over: AbortSignal;
  readonly log: Logger;
};

export type BroughtBack = {
  readonly directory: SessionDirectory;
  /** What the person should know about their files. */
  readonly notices: readonly string[];
};

export type SessionFiles = {
  /** Whether bringing a session back means fetching something. */
  needsRestore(session: SessionKey): boolean;
  /** Where it lies, once it was brought back. */
  standing(session: SessionKey): SessionDirectory | undefined;
  /** Once in a runner's life for each session. Throws the signal's reason when that is aborted before. */
  bringBack(session: SessionKey, signal: AbortSignal): Promise<BroughtBack>;
  /** Undefined for a session that was not brought back: what is saved of it stands. */
  save(session: SessionKey, when: SaveTime): Promise<Saved | undefined>;
  /** What the person should know about what was left out, once. */
  noticesOf(session: SessionKey, leftOut: readonly LeftOut[]): string[];
};

/** While an agent works, it may write through a mapping what it has dated before: only what is saved after its end is built upon. */
export type SaveTime = 'after' | 'meanwhile';
export type Saved = { readonly archive: ArchiveRef; readonly leftOut: readonly LeftOut[] };

/** How many earlier versions are looked at before a session starts afresh. */
const MOST_VERSIONS = 5;

export function sessionFiles(parts: SessionFilesParts): SessionFiles {
  const here = new Map<SessionKey, SessionDirectory>();
  const kept = new KeptArchives();
  const told = new Set<string>();
  return {
    needsRestore: (session) => !here.has(session) && parts.manifest.session(session)?.archive !== undefined,
    standing: (session) => here.get(session),
    async bringBack(session, signal) {
      const standing = here.get(session);
      if (standing !== undefined) return { directory: standing, notices: [] };
      const brought = await restore({ ...parts, kept }, session, AbortSignal.any([parts.over, signal]));
      here.set(session, brought.directory);
      return brought;
    },
    async save(session, when) {
      const directory = here.get(session);
      return directory === undefined ? undefined : saveDirectory({ ...parts, kept }, { session, directory, when });
    },
    noticesOf(session, leftOut) {
      // What cannot be saved stays so turn after turn.
      const fresh = leftOut.filter(({ path }) => !told.has(`${session} ${path}`));
      for (const { path } of fresh) told.add(`${session} ${path}`);
      return fresh.length === 0 ? [] : [sayLeftOut(fresh)];
    },
  };
}

type KeepingParts = SessionFilesParts & { readonly kept: KeptArchives };

/** The newest version that can be read; else an empty session. */
async function restore(parts: KeepingParts, session: SessionKey, over: AbortSignal): Promise<BroughtBack> {
  const { isEarlier } = parts.manifest;
  const directory = sessionDirectory(parts.home, session);
  const current = parts.manifest.session(session)?.archive;
  if (current === undefined) {
    await makeEmpty(directory);
    return { directory, notices: isEarlier ? [spoken.freshFiles] : [] };
  }
  const isCurrent = await unpack(parts, { session, archive: current, directory }, over);
  if (isCurrent && !isEarlier) return { directory, notices: [] };
  if (isCurrent || (await unpackEarlier(parts, { session, archive: current, directory }, over))) {
    return { directory, notices: [spoken.earlierFiles] };
  }
  await makeEmpty(directory);
  return { directory, notices: [spoken.freshFiles] };
}

/** False when none of the versions before the given one can be read. */
async function unpackEarlier(parts: KeepingParts, version: Version, over: AbortSignal): Promise<boolean> {
  const { session, archive, directory } = version;
  const earlier = await keepTrying(() => parts.store.earlierManifests(parts.user), { over, log: parts.log });
  const seen = new Set([archive.digest]);
  for (const manifest of earlier) {
    const older = manifest.sessions[session]?.archive;
    if (older === undefined || seen.has(older.digest) || seen.size > MOST_VERSIONS) continue;
    seen.add(older.digest);
    if (await unpack(parts, { session, archive: older, directory }, over)) return true;
  }
  return false;
}

type Version = { readonly session: SessionKey; readonly archive: ArchiveRef; readonly directory: SessionDirectory };

/** False when this version cannot be read, whatever is tried. */
async function unpack(parts: KeepingParts, version: Version, over: AbortSignal): Promise<boolean> {
  const { session, archive, directory } = version;
  const file = await temporaryFile(parts.home);
  const base = `${file}.base`;
  const fetch = (wanted: ArchiveRef, into: string): Promise<void> =>
    keepTrying(() => parts.store.getArchive({ user: parts.user, session, archive: wanted }, into), {
      over,
      log: parts.log,
    });
  try {
    await fetch(archive, file);
    if (archive.base !== undefined) await fetch(archive.base, base);
    // What a run before left there is not the state that was saved.
    await makeEmpty(directory);
    const standing = await parts.archiver.unpack(file, directory, archive.base && base);
    over.throwIfAborted();
    parts.kept.remember(session, archive, standing);
    return true;
  } catch (error) {
    over.throwIfAborted();
    if (!(error instanceof RunnelError) || error.code !== 'store_corrupt') throw error;
    parts.log.error({ err: error, session, digest: archive.digest }, 'archive cannot be read');
    return false;
  } finally {
    await Promise.all([file, base].map((one) => rm(one, { force: true })));
  }
}

type Saving = { readonly session: SessionKey; readonly directory: SessionDirectory; readonly when: SaveTime };

async function saveDirectory(parts: KeepingParts, { session, directory, when }: Saving): Promise<Saved> {
  const { kept, manifest } = parts;
  const file = await temporaryFile(parts.home);
  const put = async (): Promise<ArchiveRef> => {
    if (!parts.lease.fits(parts.callTimeoutMs)) throw noTime();
    return parts.store.putArchive({ user: parts.user, session }, file);
  };
  try {
    const named = manifest.session(session)?.archive;
    const { kind, leftOut, standing } = await parts.archiver.pack(directory, file, kept.standing(session, named));
    if (kind === 'same' && named !== undefined) return { leftOut, archive: named };
    const archive = kept.nameOf(session, kind, await keepTrying(put, parts));
    if (when === 'after') kept.remember(session, archive, standing);
    return { leftOut, archive };
  } finally {
    await rm(file, { force: true });
  }
}

async function makeEmpty(directory: SessionDirectory): Promise<void> {
  await removeFolder(dirname(directory.files));
  await mkdir(directory.files, { recursive: true, mode: 0o700 });
  await mkdir(directory.state, { recursive: true, mode: 0o700 });
}

async function temporaryFile(home: string): Promise<string> {
  const folder = join(home, 'tmp');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${randomUUID()}.archive`);
}
