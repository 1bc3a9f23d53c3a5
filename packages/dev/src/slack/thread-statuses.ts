// The line that says what the app does in a thread: it goes with two minutes, a bot's message or an empty status.
import type { ThreadStatus } from './workspace-objects.ts';

const LIFETIME_MS = 120_000;

export class ThreadStatuses {
  readonly #statuses = new Map<string, { status: ThreadStatus; expiry: NodeJS.Timeout | undefined }>();
  readonly #lifetimeMs: number;
  readonly #onChange: (status: ThreadStatus) => void;

  constructor({ timeScale, onChange }: { timeScale: number; onChange: (status: ThreadStatus) => void }) {
    this.#lifetimeMs = LIFETIME_MS * timeScale;
    this.#onChange = onChange;
  }

  list(): ThreadStatus[] {
    return [...this.#statuses.values()].map(({ status }) => status);
  }

  set(status: ThreadStatus): void {
    const key = `${status.channel} ${status.threadTs}`;
    const before = this.#statuses.get(key);
    clearTimeout(before?.expiry);
    if (status.status === '') {
      if (this.#statuses.delete(key)) this.#onChange(status);
      return;
    }
    const expiry = setTimeout(() => this.clear(status), this.#lifetimeMs).unref();
    this.#statuses.set(key, { status, expiry });
    this.#onChange(status);
  }

  clear({ channel, threadTs }: { channel: string; threadTs: string }): void {
    this.set({ channel, threadTs, status: '' });
  }
}
