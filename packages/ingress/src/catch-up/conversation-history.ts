// PORT: what was said in a conversation, read back.
import type { Thread } from '@runnel/shared';

export type SaidMessage = {
  readonly ts: string;
  /** Whether a thread hangs on it. */
  readonly hasReplies: boolean;
  /** As the event that would have told of it. */
  readonly body: unknown;
};

export type Stretch = {
  /** The Slack ts after which to read. */
  readonly after: string;
  /** What Slack asks to wait is waited for until then (ms, `performance.now()` clock). */
  readonly until: number;
};

/** Neither promises an order, or that nothing before `after` is among it. Both throw `slack_…` errors. */
export type ConversationHistory = {
  thread(thread: Thread, stretch: Stretch): Promise<SaidMessage[]>;
  /** What is not in threads. */
  channel(channel: string, stretch: Stretch): Promise<SaidMessage[]>;
};
