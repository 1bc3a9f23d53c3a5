// What was said, in the order of its timestamps. Messages are replaced, never changed: who holds one holds a picture of its moment.
import type { WorkspaceMessage } from './workspace-objects.ts';

export class MessageLog {
  readonly #channels = new Map<string, Map<string, WorkspaceMessage>>();
  #lastMicros = 0;

  /** Slack's message identity: seconds with six decimals, unique in the workspace and ascending. */
  nextTs(): string {
    this.#lastMicros = Math.max(Date.now() * 1000, this.#lastMicros + 1);
    const digits = String(this.#lastMicros);
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  }

  put(message: WorkspaceMessage): void {
    this.#channel(message.channel).set(message.ts, message);
    this.#lastMicros = Math.max(this.#lastMicros, Number(message.ts.replace('.', '')));
  }

  find(channel: string, ts: string): WorkspaceMessage | undefined {
    return this.#channel(channel).get(ts);
  }

  /** Everything but what was deleted; a deleted root whose replies live on is kept, as Slack keeps its tombstone. */
  list(channel: string): WorkspaceMessage[] {
    return [...this.#channel(channel).values()].filter(
      (message) => !message.deleted || this.replies(channel, message.ts).length > 0,
    );
  }

  /** The living replies below a root, without what only one person sees. */
  replies(channel: string, threadTs: string): WorkspaceMessage[] {
    const isReply = (message: WorkspaceMessage): boolean =>
      message.threadTs === threadTs && !message.deleted && message.ephemeralTo === undefined;
    return [...this.#channel(channel).values()].filter(isReply);
  }

  all(): WorkspaceMessage[] {
    return [...this.#channels.values()].flatMap((messages) => [...messages.values()]);
  }

  #channel(channel: string): Map<string, WorkspaceMessage> {
    const messages = this.#channels.get(channel) ?? new Map<string, WorkspaceMessage>();
    this.#channels.set(channel, messages);
    return messages;
  }
}
