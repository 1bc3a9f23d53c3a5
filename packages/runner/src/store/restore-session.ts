// Stage: an archive becomes a session's directory again. It is unpacked beside and moved into place whole. Nothing is ever
// written outside: each entry must lie in a folder that this very archive has made, and a folder is never a link.
import { closeSync, createReadStream, fchmodSync, futimesSync, openSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { RunnelError, retryable } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { nextTick } from './file-clock.ts';
import { readLayerHead } from './layer-head.ts';
import { listSessionFiles } from './list-session-files.ts';
import type { Standing } from './session-archiver.ts';
import { fingerprintOf, takeSnapshot, UNSURE } from './session-snapshot.ts';
import { readTar, type TarEntry, type TarReader } from './tar-format.ts';

/** What is written at once. */
const PIECE = 256 * 1024;
/** A file up to here is written in a row with others: in threads it costs ten times as much, and none takes long. */
const SMALL = 64 * 1024;
/** Faults of the place to write to, of which the archive is not to blame. */
const NOT_THE_ARCHIVE = new Set([
  'ENOSPC',
  'EDQUOT',
  'EACCES',
  'EPERM',
  'EROFS',
  'EMFILE',
  'ENFILE',
  'EIO',
  'ENOTEMPTY',
]);

/**
 * The directory's two folders must be empty or missing. Throws `store_corrupt` for what is no archive of ours,
 * `store_unavailable` when it cannot be written; then the directory is as it was.
 */
export async function restoreSession(file: string, directory: SessionDirectory, base?: string): Promise<Standing> {
  const beside = { files: `${directory.files}.restoring`, state: `${directory.state}.restoring` };
  const removeBeside = async (): Promise<void> => {
    await Promise.all([beside.files, beside.state].map((folder) => rm(folder, { recursive: true, force: true })));
  };
  try {
    await removeBeside();
    await Promise.all([assertEmpty(directory.files), assertEmpty(directory.state)]);
    // What the layer says something of, by its paths.
    const layer = new Set<string>();
    await read(file, (tar) => unpack(tar, beside, base === undefined ? undefined : { base, layer }));
    await rename(beside.state, directory.state);
    await rename(beside.files, directory.files);
    return await standingOf(directory, file, layer);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Error && 'code' in error && NOT_THE_ARCHIVE.has(String(error.code))) {
      throw new RunnelError('store_unavailable', `The session cannot be restored: ${reason}`, {
        retry: retryable(),
        cause: error,
      });
    }
    throw new RunnelError('store_corrupt', `The archive cannot be unpacked: ${reason}`, { cause: error });
  } finally {
    await removeBeside();
  }
}

async function assertEmpty(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0) throw Object.assign(new Error(`${folder} is not empty`), { code: 'ENOTEMPTY' });
}

async function read(file: string, work: (tar: TarReader) => Promise<void>): Promise<void> {
  await pipeline(createReadStream(file), createZstdDecompress({ chunkSize: PIECE }), (chunks: AsyncIterable<Buffer>) =>
    work(readTar(chunks)),
  );
}

type Layer = { readonly base: string; readonly layer: Set<string> };

async function unpack(tar: TarReader, into: SessionDirectory, over: Layer | undefined): Promise<void> {
  const folders = new Set<string>();
  const unpacking = { into, folders, takes: (_: string) => true };
  if (over !== undefined) {
    const { base, layer } = over;
    for (const path of await readLayerHead(tar)) layer.add(path);
    const without = new Set(layer);
    await read(base, (whole) => unpackEntries(whole, { ...unpacking, takes: (path) => !without.has(path) }));
    unpacking.takes = (path) => layer.add(path).has(path);
  }
  await unpackEntries(tar, unpacking);
  // Of a session whose folder was removed nothing is in the archive.
  if (!folders.has('files')) await mkdir(into.files, { mode: 0o700 });
  if (!folders.has('state')) await mkdir(into.state, { mode: 0o700 });
}

type Unpacking = {
  readonly into: SessionDirectory;
  /** Those that were made here, by their paths. */
  readonly folders: Set<string>;
  readonly takes: (path: string) => boolean;
};

async function unpackEntries(tar: TarReader, unpacking: Unpacking): Promise<void> {
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    const content = tar.content(entry);
    if (unpacking.takes(entry.path)) await unpackEntry(entry, content, unpacking);
    else for await (const _ of content);
  }
}

async function unpackEntry(
  entry: TarEntry,
  content: AsyncIterable<Buffer>,
  { into, folders }: Unpacking,
): Promise<void> {
  const path = entry.type === 'Directory' ? entry.path.replace(/\/$/, '') : entry.path;
  const target = targetOf(path, folders, into);
  if (entry.type === 'Directory') {
    // The layer says it again where its rights were changed.
    if (!folders.has(path)) await mkdir(target);
    await chmod(target, entry.mode);
    folders.add(path);
  } else if (entry.type === 'SymbolicLink') {
    await symlink(entry.link ?? '', target);
  } else {
    await writeFile(target, entry, content);
  }
}

/** Nobody works in it yet: what is done to it from now on is dated later than all that is in it. */
async function standingOf(directory: SessionDirectory, file: string, layer: ReadonlySet<string>): Promise<Standing> {
  const { files } = await listSessionFiles(directory);
  const clockMs = await nextTick(
    file,
    files.reduce((latest, { changedMs }) => Math.max(latest, changedMs), 0),
  );
  const snapshot = takeSnapshot(files, clockMs);
  for (const path of layer) snapshot.set(path, UNSURE);
  return { snapshot, fingerprint: fingerprintOf(files, clockMs) };
}

/** `files` and `state` are the roots; everything else lies directly in a folder that is there already. */
function targetOf(path: string, folders: ReadonlySet<string>, into: SessionDirectory): string {
  if (path === 'files' || path === 'state') return into[path];
  const name = posix.basename(path);
  const parent = path.slice(0, -name.length - 1);
  if (`${parent}/${name}` !== path || name === '.' || name === '..' || path.includes('\0') || !folders.has(parent)) {
    throw new Error(`unexpected path ${JSON.stringify(path)}`);
  }
  const [root = '', ...rest] = path.split('/');
  return join(root === 'files' ? into.files : into.state, ...rest);
}

async function writeFile(target: string, entry: TarEntry, content: AsyncIterable<Buffer>): Promise<void> {
  if (entry.size <= SMALL) return writeSmall(target, entry, await buffer(content));
  const { mode, mtime } = entry;
  // `wx` neither follows a link nor writes over anything.
  const handle = await open(target, 'wx', 0o600);
  try {
    for await (const piece of content) await handle.writeFile(piece);
    if (mtime !== undefined) await handle.utimes(mtime, mtime);
    await handle.chmod(mode);
  } finally {
    await handle.close();
  }
}

function writeSmall(target: string, { mode, mtime }: TarEntry, content: Buffer): void {
  const descriptor = openSync(target, 'wx', 0o600);
  try {
    writeFileSync(descriptor, content);
    if (mtime !== undefined) futimesSync(descriptor, mtime, mtime);
    fchmodSync(descriptor, mode);
  } finally {
    closeSync(descriptor);
  }
}
