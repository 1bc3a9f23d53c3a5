// PORT: the quiet signs in a thread: working or not, what is going on, a mark on a message. Never worth failing a turn for.
import type { Thread } from './session.ts';

export type ThreadStatus = {
  /**
   * Working, with a Stop where the platform has one, titled with the first line of the request (plain text) of `user`.
   * `message` is the ts of the request: it carries a reaction where statuses are unknown.
   */
  working(thread: Thread, request: { title: string; user: string; message: string }): Promise<void>;
  /** One line of what goes on, in place of the last one; empty clears it. `message` carries a reaction where statuses are unknown. */
  stage(thread: Thread, line: string, message: string): Promise<void>;
  /** Not working any more. */
  rest(thread: Thread, message: string): Promise<void>;
  /** A mark on a message that waits for its turn; taken off when it begins. */
  mark(channel: string, message: string, mark: 'queued', on: boolean): Promise<void>;
};
