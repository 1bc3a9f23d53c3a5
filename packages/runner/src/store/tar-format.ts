// The tar format as far as a session needs it: files, folders and symbolic links; long and non-ASCII names in pax headers.
import { Header, Pax } from 'tar';

const BLOCK = 512;
const TYPES = ['File', 'Directory', 'SymbolicLink'] as const;

export type TarEntry = {
  /** Folders end in a slash. */
  readonly path: string;
  readonly type: (typeof TYPES)[number];
  readonly size: number;
  readonly mode: number;
  /** Whole seconds count. */
  readonly mtime?: Date | undefined;
  readonly link?: string | undefined;
};

/** What stands before the content. Undefined for a name that cannot be read back: pax headers are read line by line. */
export function encodeTarHeader(entry: TarEntry): Buffer | undefined {
  const { path, type, size, mode, mtime, link } = entry;
  const header = new Header({
    path,
    type,
    size,
    mode,
    ...(mtime === undefined ? {} : { mtime: new Date(Math.max(0, Math.floor(mtime.getTime() / 1_000)) * 1_000) }),
    ...(link === undefined ? {} : { linkpath: link }),
  });
  const block = Buffer.alloc(BLOCK);
  if (!header.encode(block)) return block;
  if (`${path}${link ?? ''}`.includes('\n')) return undefined;
  return Buffer.concat([new Pax({ path, size, ...(link === undefined ? {} : { linkpath: link }) }).encode(), block]);
}

/** Zeros that fill the last block of a content. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

export type TarReader = {
  /** The next entry, after the content of the one before was taken. Undefined at the end of the archive. */
  next(): Promise<TarEntry | undefined>;
  /** Its content, in pieces. */
  content(entry: TarEntry): AsyncGenerator<Buffer>;
};

/** Throws for everything that `encodeTarHeader` would not have written, and for an archive that is cut off. */
export function readTar(chunks: AsyncIterable<Buffer>): TarReader {
  const bytes = new ByteSource(chunks);
  return {
    async next() {
      const block = await bytes.take(BLOCK);
      if (block.every((byte) => byte === 0)) {
        // To the last byte, or a fault behind the end would go unseen.
        await bytes.drain();
        return undefined;
      }
      const header = new Header(block);
      if (header.type !== 'ExtendedHeader' || !header.cksumValid) return entryOf(header, {});
      const size = header.size ?? 0;
      const { path, linkpath } = Pax.parse((await bytes.take(size)).toString());
      await bytes.take(tarPadding(size).length);
      return entryOf(new Header(await bytes.take(BLOCK)), { path, linkpath });
    },
    async *content({ size }) {
      for (let left = size; left > 0;) {
        const piece = await bytes.takeSome(left);
        left -= piece.length;
        yield piece;
      }
      await bytes.take(tarPadding(size).length);
    },
  };
}

/** What a pax header says goes before the header's own, which may be cut. */
function entryOf(header: Header, pax: { path?: string | undefined; linkpath?: string | undefined }): TarEntry {
  const { cksumValid, path = '', linkpath, size, mode = 0o600, mtime } = header;
  const type = TYPES.find((known) => known === header.type);
  if (!cksumValid || size === undefined || type === undefined) throw new Error('not a tar header of ours');
  const entry = { path: pax.path ?? path, type, size, mode: mode & 0o777 };
  if (type === 'SymbolicLink') return { ...entry, link: pax.linkpath ?? linkpath };
  // A field of zeros means that there is none.
  return mtime === undefined || mtime.getTime() === 0 ? entry : { ...entry, mtime };
}

/** Bytes by number out of chunks of any size. */
class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(size: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = size; left > 0;) {
      const piece = await this.takeSome(left);
      left -= piece.length;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async drain(): Promise<void> {
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next());
  }

  /** At least one byte, at most so many. */
  async takeSome(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new Error('the archive is cut off');
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
