// The files of a workspace, bytes and all, by id.
import type { StoredFile, WorkspaceFile, WorkspaceSnapshot } from './workspace-objects.ts';

export type TypedFile = { name: string; mimetype?: string; content: string | Uint8Array };

export class WorkspaceFiles {
  readonly #files = new Map<string, StoredFile>();
  #count = 0;

  nextId(): string {
    this.#count += 1;
    return `F0${String(this.#count).padStart(6, '0')}`;
  }

  find(id: string): StoredFile | undefined {
    return this.#files.get(id);
  }

  store(user: string, file: TypedFile & { id?: string }): WorkspaceFile {
    const { id = this.nextId(), name, mimetype = 'text/plain' } = file;
    const content = typeof file.content === 'string' ? Buffer.from(file.content) : file.content;
    const described = { id, name, mimetype, size: content.byteLength };
    this.#files.set(id, { ...described, user, createdAt: Date.now(), content });
    return described;
  }

  save(): WorkspaceSnapshot['files'] {
    return [...this.#files.values()].map(({ content, ...file }) => ({
      ...file,
      base64: Buffer.from(content).toString('base64'),
    }));
  }

  restore(files: WorkspaceSnapshot['files']): void {
    for (const { base64, ...file } of files) {
      this.#files.set(file.id, { ...file, content: Buffer.from(base64, 'base64') });
      this.#count = Math.max(this.#count, Number(file.id.slice(1)));
    }
  }
}
