// ADAPTER of the file source in memory.
import { writeFile } from 'node:fs/promises';
import type { AttachedFile } from '@runnel/shared';
import { FileMissing, type FileSource } from './file-source.ts';

export type MemoryFileSource = FileSource & {
  /** Someone uploads it; what it is fetched by. */
  readonly upload: (name: string, content: string) => AttachedFile;
  readonly remove: (file: AttachedFile) => void;
  /** Ids of what was asked for, in order. */
  readonly asked: readonly (string | undefined)[];
};

export function memoryFileSource(): MemoryFileSource {
  const contents = new Map<string, Buffer>();
  let count = 0;
  const asked: (string | undefined)[] = [];
  return {
    asked,
    upload(name, content) {
      const id = `F${(count += 1)}`;
      contents.set(id, Buffer.from(content));
      return { name, id };
    },
    remove: ({ id = '' }) => void contents.delete(id),
    async fetch({ id }, { path, mostBytes }, signal) {
      asked.push(id);
      signal.throwIfAborted();
      if (id === undefined) throw new FileMissing('unknown');
      const content = contents.get(id);
      if (content === undefined) throw new FileMissing('gone');
      if (content.length > mostBytes) throw new FileMissing('too_large');
      await writeFile(path, content);
    },
  };
}
