// Stage: a session's directory becomes one file, or only what changed in it since a whole one. The same content makes the same bytes: fixed order, no owners, no times
// of folders. A file that changes meanwhile is taken at the length it had, so nothing that runs can fail it.
import {
  closeSync,
  constants as fsConstants,
  createWriteStream,
  fstatSync,
  openSync,
  read,
  readSync,
  type Stats,
} from 'node:fs';
import { writeFile as write } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createZstdCompress } from 'node:zlib';
import { RunnelError, retryable } from '@runnel/shared';
import type { SessionDirectory } from '../agent/agent-provider.ts';
import { isWorthALayer } from './decide-layer.ts';
import { decideLeftOut } from './decide-left-out.ts';
import { fileClock } from './file-clock.ts';
import { encodeLayerHead } from './layer-head.ts';
import { listSessionFiles, stampOf, type SessionFile, type SessionListing } from './list-session-files.ts';
import type { LeftOut, Packed, Standing } from './session-archiver.ts';
import { changesSince, fingerprintOf, takeSnapshot, UNSURE, type Changes } from './session-snapshot.ts';
import { encodeTarHeader, tarEnd, tarPadding } from './tar-format.ts';

/** Bytes of a session before compression; beyond, the largest files stay behind. */
const SESSION_LIMIT = 1024 ** 3;
/** What is read, and compressed, at once. */
const PIECE = 256 * 1024;
/** A file up to here is read in a row with others: in threads it costs ten times as much, and none takes long. */
const SMALL = 64 * 1024;
const readLater = promisify(read);

export type Packing = {
  readonly limit?: number;
  readonly standing?: Standing | undefined;
};

/** Writes `file`. Throws `store_unavailable` when it cannot be written. */
export async function archiveSession(
  directory: SessionDirectory,
  file: string,
  { limit = SESSION_LIMIT, standing = {} }: Packing = {},
): Promise<Packed> {
  try {
    await write(file, '', { mode: 0o600 });
    const clockMs = await fileClock(file);
    const { files, leftOut } = await listWanted(directory, limit);
    const fingerprint = fingerprintOf(files, clockMs);
    if (fingerprint !== undefined && fingerprint === standing.fingerprint) return { kind: 'same', leftOut };
    const { snapshot } = standing;
    const changes = snapshot === undefined ? undefined : changesSince(snapshot, files);
    const doubts: Doubts = { unread: [], unsure: new Set() };
    if (changes !== undefined && isWorthALayer(changes.changed, files)) {
      await pack(writeLayer(changes, doubts), file);
      return packed('layer', { snapshot, fingerprint, leftOut, doubts });
    }
    await pack(writeTar(files, doubts), file);
    const fresh = takeSnapshot(files, clockMs);
    for (const path of doubts.unsure) fresh.set(path, UNSURE);
    return packed('whole', { snapshot: fresh, fingerprint, leftOut, doubts });
  } catch (error) {
    throw new RunnelError('store_unavailable', `The session cannot be packed into ${file}.`, {
      retry: retryable(),
      cause: error,
    });
  }
}

async function listWanted(directory: SessionDirectory, limit: number): Promise<SessionListing> {
  const { files, leftOut } = await listSessionFiles(directory);
  const tooLarge = decideLeftOut(files, limit);
  const missing: LeftOut[] = [...leftOut];
  const wanted = files.filter(({ path, size }) => {
    if (tooLarge.has(path)) missing.push({ path, why: `${size.toLocaleString('en-US')} bytes are too much` });
    return !tooLarge.has(path);
  });
  return { files: wanted, leftOut: missing };
}

/** `unsure`: paths of what was not packed as it was listed; it may yet look as it did then. */
type Doubts = { readonly unread: LeftOut[]; readonly unsure: Set<string> };

type Outcome = Standing & { readonly leftOut: readonly LeftOut[]; readonly doubts: Doubts };

function packed(kind: Packed['kind'], { snapshot, fingerprint, leftOut, doubts }: Outcome): Packed {
  const standing = { snapshot, fingerprint: doubts.unsure.size === 0 ? fingerprint : undefined };
  return { kind, leftOut: [...leftOut, ...doubts.unread], standing };
}

async function pack(content: AsyncIterable<Buffer>, file: string): Promise<void> {
  await pipeline(
    Readable.from(inPieces(content), { objectMode: false }),
    createZstdCompress({ params: { [constants.ZSTD_c_checksumFlag]: 1 } }),
    createWriteStream(file, { mode: 0o600 }),
  );
}

async function* writeLayer({ changed, without }: Changes, doubts: Doubts): AsyncGenerator<Buffer> {
  yield encodeLayerHead(without);
  yield* writeTar(changed, doubts);
}

async function* writeTar(files: readonly SessionFile[], doubts: Doubts): AsyncGenerator<Buffer> {
  let leftOut: string | undefined;
  for (const file of files) {
    // In a folder that is not there nothing can be.
    if (leftOut !== undefined && file.path.startsWith(leftOut)) doubts.unsure.add(file.path);
    else if (file.type === 'File') yield* writeFile(file, doubts);
    else if (!(yield* writeEntry(file, doubts)) && file.type === 'Directory') leftOut = file.path;
  }
  yield tarEnd();
}

function* writeEntry(entry: Parameters<typeof encodeTarHeader>[0], doubts: Doubts): Generator<Buffer, boolean> {
  const header = encodeTarHeader(entry);
  if (header === undefined) doubt(doubts, entry.path, 'its name cannot be kept');
  else yield header;
  return header !== undefined;
}

async function* writeFile(file: SessionFile, doubts: Doubts): AsyncGenerator<Buffer> {
  const opened = openUnlessGone(file, doubts);
  if (opened === undefined) return;
  const { descriptor, stats } = opened;
  const { size, mtime } = stats;
  try {
    if (!(yield* writeEntry({ path: file.path, type: 'File', mode: file.mode, size, mtime }, doubts))) return;
    for (let left = size; left > 0;) {
      const piece = size > SMALL ? await readSome(descriptor, left) : readSmall(descriptor, left);
      if (piece === undefined) {
        // Shorter than it was a moment ago, or a fault of the disk: the length is promised already.
        doubt(doubts, file.path, 'it changed while it was saved');
        yield* zeros(left);
        break;
      }
      left -= piece.length;
      yield piece;
    }
    yield tarPadding(size);
  } finally {
    closeSync(descriptor);
  }
}

function doubt({ unread, unsure }: Doubts, path: string, why: string): void {
  unread.push({ path, why });
  unsure.add(path);
}

type Opened = { readonly descriptor: number; readonly stats: Stats };

function openUnlessGone(file: SessionFile, doubts: Doubts): Opened | undefined {
  try {
    // Something else may stand there by now: no link is followed, no pipe waited for.
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fsConstants;
    const descriptor = openSync(file.source, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (stampOf(stats) !== file.stamp) doubts.unsure.add(file.path);
    if (stats.isFile()) return { descriptor, stats };
    closeSync(descriptor);
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isGone) doubts.unsure.add(file.path);
    else doubt(doubts, file.path, 'unreadable');
  }
  return undefined;
}

async function readSome(descriptor: number, most: number): Promise<Buffer | undefined> {
  try {
    const piece = Buffer.allocUnsafe(Math.min(most, PIECE));
    const { bytesRead } = await readLater(descriptor, piece, 0, piece.length, null);
    return bytesRead === 0 ? undefined : piece.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}

function readSmall(descriptor: number, most: number): Buffer | undefined {
  try {
    const piece = Buffer.allocUnsafe(most);
    const bytesRead = readSync(descriptor, piece);
    return bytesRead === 0 ? undefined : piece.subarray(0, bytesRead);
  } catch {
    return undefined;
  }
}

function* zeros(size: number): Generator<Buffer> {
  for (let left = size; left > 0; left -= PIECE) yield Buffer.alloc(Math.min(left, PIECE));
}

/** Pieces of one size: for speed, and so that the compressor cuts its blocks alike every time. */
async function* inPieces(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    gathered.push(chunk);
    size += chunk.length;
    if (size < PIECE) continue;
    const all = Buffer.concat(gathered);
    const rest = all.length % PIECE;
    for (let at = 0; at < all.length - rest; at += PIECE) yield all.subarray(at, at + PIECE);
    gathered = rest === 0 ? [] : [all.subarray(all.length - rest)];
    size = rest;
  }
  if (size > 0) yield Buffer.concat(gathered);
}
