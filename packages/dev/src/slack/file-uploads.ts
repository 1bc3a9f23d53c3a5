// Files on their way in: an address was asked for, the bytes came or did not, nothing is shared yet.

type Upload = { name: string; content?: Uint8Array };

export class FileUploads {
  readonly #uploads = new Map<string, Upload>();

  begin(id: string, name: string): void {
    this.#uploads.set(id, { name });
  }

  /** False where nobody asked for this address. */
  receive(id: string, content: Uint8Array): boolean {
    const upload = this.#uploads.get(id);
    if (upload !== undefined) upload.content = content;
    return upload !== undefined;
  }

  /** The whole file, once. */
  take(id: string): { name: string; content: Uint8Array } | undefined {
    const upload = this.#uploads.get(id);
    if (upload?.content === undefined) return undefined;
    this.#uploads.delete(id);
    return { name: upload.name, content: upload.content };
  }
}
