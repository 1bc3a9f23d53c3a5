// Stage: an archive becomes a session's directory again. It is unpacked beside and moved into place whole. Nothing is ever
// written outside: each entry must lie in a folder that this very archive has made, and a folder is never a link.
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm, symlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { RunnelError, retryable } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { readTar, type TarEntry, type TarReader } from './tar-format.ts';

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
export async function restoreSession(file: string, directory: SessionDirectory): Promise<void> {
  const beside = { files: `${directory.files}.restoring`, state: `${directory.state}.restoring` };
  const removeBeside = async (): Promise<void> => {
    await Promise.all([beside.files, beside.state].map((folder) => rm(folder, { recursive: true, force: true })));
  };
  try {
    await removeBeside();
    await Promise.all([assertEmpty(directory.files), assertEmpty(directory.state)]);
    await pipeline(createReadStream(file), createZstdDecompress(), (chunks: AsyncIterable<Buffer>) =>
      unpack(readTar(chunks), beside),
    );
    await rename(beside.state, directory.state);
    await rename(beside.files, directory.files);
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

async function unpack(tar: TarReader, into: SessionDirectory): Promise<void> {
  const folders = new Set<string>();
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    const path = entry.type === 'Directory' ? entry.path.replace(/\/$/, '') : entry.path;
    const target = targetOf(path, folders, into);
    if (entry.type === 'Directory') {
      await mkdir(target);
      await chmod(target, entry.mode);
      folders.add(path);
    } else if (entry.type === 'SymbolicLink') {
      await symlink(entry.link ?? '', target);
    } else {
      await writeFile(target, entry, tar.content(entry));
    }
  }
  // Of a session whose folder was removed nothing is in the archive.
  if (!folders.has('files')) await mkdir(into.files, { mode: 0o700 });
  if (!folders.has('state')) await mkdir(into.state, { mode: 0o700 });
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

async function writeFile(target: string, { mode, mtime }: TarEntry, content: AsyncIterable<Buffer>): Promise<void> {
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
