// Stage: everything in a session's directory, in the order in which it is archived.
import type { Stats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
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
};

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
  if (stats?.isDirectory() === true) await visit(at);
  else if (stats !== undefined) at.leftOut.push({ path: at.path, why: 'no folder' });
}

async function visit(at: Visit): Promise<void> {
  try {
    const stats = await lstat(at.source);
    if (stats.isDirectory()) await visitFolder(at, stats);
    else if (stats.isSymbolicLink()) await visitLink(at);
    else if (stats.isFile()) at.files.push({ ...about(at, stats), type: 'File', size: stats.size });
    else at.leftOut.push({ path: at.path, why: 'no regular file' });
  } catch (error) {
    // What is gone by now was removed; the rest cannot be read by us.
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isGone) at.leftOut.push({ path: at.path, why: 'unreadable' });
  }
}

async function visitFolder(at: Visit, stats: Stats): Promise<void> {
  // As bytes: a name that is no UTF-8 would be found under another one.
  const names = await readdir(at.source, { encoding: 'buffer' });
  // Whoever restores must be able to fill it, and to remove it again.
  at.files.push({ ...about(at, stats), path: `${at.path}/`, type: 'Directory', mode: (stats.mode & 0o777) | 0o700 });
  for (const bytes of names.toSorted((one, other) => one.compare(other))) {
    const name = bytes.toString();
    const path = `${at.path}/${name}`;
    if (Buffer.from(name).equals(bytes)) await visit({ ...at, path, source: join(at.source, name) });
    else at.leftOut.push({ path, why: 'its name is no UTF-8' });
  }
}

async function visitLink(at: Visit): Promise<void> {
  const bytes = await readlink(at.source, { encoding: 'buffer' });
  const link = bytes.toString();
  const { path, source } = at;
  if (Buffer.from(link).equals(bytes)) {
    at.files.push({ path, source, type: 'SymbolicLink', size: 0, mode: 0o777, link });
  } else {
    at.leftOut.push({ path, why: 'its target is no UTF-8' });
  }
}

function about({ path, source }: Visit, stats: Stats): Pick<SessionFile, 'path' | 'source' | 'size' | 'mode'> {
  return { path, source, size: 0, mode: stats.mode & 0o777 };
}
