// Stage: everything in a session's directory, in the order in which it is archived.
import { isUtf8 } from 'node:buffer';
import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { setImmediate as others } from 'node:timers/promises';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import type { LeftOut } from './session-archiver.ts';

export type SessionFile = {
  /** In the archive: `files/…` or `state/…`. */
  readonly path: string;
  /** In the file system. */
  readonly source: string;
  readonly type: 'File' | 'Directory' | 'SymbolicLink';
  readonly size: number;
  readonly mode: number;
  readonly link?: string;
  /** Another one once anything of it that is archived was changed, by whatever means. */
  readonly stamp: string;
  /** When that was last, by the clock of the file system, which nobody can set back. Milliseconds; 0 for folders, whose times do not count. */
  readonly changedMs: number;
};

/** Looks that are taken in a row before others have their turn: one by one they cost less than half of what they cost in threads. */
const LOOKS = 200;

export type SessionListing = { readonly files: readonly SessionFile[]; readonly leftOut: readonly LeftOut[] };

/** A folder comes before what is in it, and names in a fixed order: the same content is always the same list. */
export async function listSessionFiles(directory: SessionDirectory): Promise<SessionListing> {
  const files: SessionFile[] = [];
  const leftOut: LeftOut[] = [];
  await visitRoot({ path: 'files', source: directory.files, files, leftOut });
  await visitRoot({ path: 'state', source: directory.state, files, leftOut });
  return { files, leftOut };
}

type Visit = {
  readonly path: string;
  readonly source: string;
  readonly files: SessionFile[];
  readonly leftOut: LeftOut[];
};

/** What stands in a root's place and is no folder could not be restored there. */
async function visitRoot(at: Visit): Promise<void> {
  const stats = await lstat(at.source).catch(() => undefined);
  if (stats?.isDirectory() === true) await visitFolder(at, stats);
  else if (stats !== undefined) at.leftOut.push({ path: at.path, why: 'no folder' });
}

/** A folder is left to the caller: undefined is everything else, and what cannot be read. */
function look(at: Visit): Stats | undefined {
  try {
    const stats = lstatSync(at.source);
    if (stats.isDirectory()) return stats;
    if (stats.isSymbolicLink()) addLink(at, stats);
    else if (stats.isFile()) at.files.push({ ...about(at, stats), type: 'File', size: stats.size });
    else at.leftOut.push({ path: at.path, why: 'no regular file' });
  } catch (error) {
    leaveOut(at, error);
  }
  return undefined;
}

/** What is gone by now was removed; the rest cannot be read by us. */
function leaveOut({ path, leftOut }: Visit, error: unknown): void {
  const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  if (!isGone) leftOut.push({ path, why: 'unreadable' });
}

async function visitFolder(at: Visit, stats: Stats): Promise<void> {
  const { path, source } = at;
  // As bytes: a name that is no UTF-8 would be found under another one.
  const names = await readdir(source, { encoding: 'buffer' }).catch((error: unknown) => leaveOut(at, error));
  if (names === undefined) return;
  // Whoever restores must be able to fill it, and to remove it again.
  const mode = (stats.mode & 0o777) | 0o700;
  at.files.push({ path: `${path}/`, source, type: 'Directory', size: 0, mode, stamp: String(mode), changedMs: 0 });
  for (const [index, bytes] of names.toSorted((one, other) => one.compare(other)).entries()) {
    if (index % LOOKS === LOOKS - 1) await others();
    const name = bytes.toString();
    const child = { ...at, path: `${path}/${name}`, source: `${source}/${name}` };
    if (!isUtf8(bytes)) {
      at.leftOut.push({ path: child.path, why: 'its name is no UTF-8' });
      continue;
    }
    const folder = look(child);
    if (folder !== undefined) await visitFolder(child, folder);
  }
}

function addLink(at: Visit, stats: Stats): void {
  const bytes = readlinkSync(at.source, { encoding: 'buffer' });
  if (isUtf8(bytes)) {
    at.files.push({ ...about(at, stats), type: 'SymbolicLink', mode: 0o777, link: bytes.toString() });
  } else {
    at.leftOut.push({ path: at.path, why: 'its target is no UTF-8' });
  }
}

function about({ path, source }: Visit, stats: Stats): Omit<SessionFile, 'type' | 'link'> {
  const { mode, ctimeMs } = stats;
  return { path, source, size: 0, mode: mode & 0o777, stamp: stampOf(stats), changedMs: ctimeMs };
}

/** Another one after whatever can happen to a file. */
export function stampOf({ ino, size, mode, mtimeMs, ctimeMs }: Stats): string {
  return `${ino} ${size} ${mode} ${mtimeMs} ${ctimeMs}`;
}
