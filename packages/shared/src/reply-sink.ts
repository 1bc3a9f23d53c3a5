// PORT: what a person reads. Slack behind it in production; every post carries a delivery id, so that it can be found again.
import type { Thread } from './session.ts';

/** What a button of ours asks for. It comes back with the press as the `action_id`, before a dot where several ask for the same. */
export const replyActions = [
  'run_now',
  'discard',
  'retry',
  'allow',
  'always',
  'deny',
  'choose',
  'answer',
  'open_pull_request',
  'show_diff',
] as const;
export type ReplyAction = (typeof replyActions)[number];

/**
 * `value` comes back with the press: what it was pressed about, at most 2,000 characters. An `answer` is a line to write in: what was
 * written comes along, and its `value` has at most 255.
 */
export type ReplyButton = {
  readonly action: ReplyAction;
  readonly value: string;
  /** In place of the action's own; what is too long for a button is cut. */
  readonly label?: string;
};

export type Reply = {
  readonly thread: Thread;
  /** Unique for what is said; the same when it is said again after a crash. */
  readonly deliveryId: string;
  /** Markdown of ours. The sink splits it and defuses mentions. */
  readonly text: string;
  /** `final` answers a prompt, `notice` says something beside it, `card` is a live element that is updated. */
  readonly kind: 'final' | 'notice' | 'card';
  /** Whom to mention, by Slack user id: where `text` says `<@id>`, else in front of it. Nobody else is ever pinged. */
  readonly mention?: string;
  /** Shows a Stop button. */
  readonly stoppable?: boolean;
  /** Under the last part of it, until `conclude` takes them off. */
  readonly buttons?: readonly ReplyButton[];
};

export type PostOptions = {
  /** Asked right before each send; false aborts with `lease_lost`. */
  readonly mayPost?: () => Promise<boolean>;
  /** Waiting out a 429 or reading back after an ambiguous send ends here (ms, `performance.now()` clock). */
  readonly deadline: number;
  /** The message this answers was sent at this Slack ts: reading back starts there. */
  readonly since: string;
  /** True after a takeover: the text may stand in the thread already, so look before posting. */
  readonly maybePosted?: boolean;
};

export type ReplySink = {
  /**
   * Posts once: an ambiguous send is read back by delivery id before it is repeated. Returns the ts of the (first) message.
   * After a retryable error part of it may stand there: call again with `maybePosted`.
   */
  post(reply: Reply, options: PostOptions): Promise<string>;
  /** Replaces the text of a card. Failures are retryable errors: a card may be skipped. */
  update(ts: string, reply: Reply): Promise<void>;
  /** Removes a message of ours; a message that is gone already is fine. */
  remove(thread: Thread, ts: string): Promise<void>;
  /**
   * Takes the buttons off a message of ours and says below it what became of them. People in it, as `<@U…>`, show by their names.
   * A message that is gone, or has no buttons any more, stays as it is.
   */
  conclude(thread: Thread, ts: string, line: string): Promise<void>;
  /** Said to one person only. People in it, as `<@U…>`, show by their names: it pings nobody. */
  whisper(thread: Thread, user: string, text: string): Promise<void>;
  /** Posts into the direct messages with that person what a thread begins with; what is too long for a message is cut. One call, not repeated. */
  beginThread(user: string, text: string): Promise<Thread>;
  /** An address that opens a thread. One call, not repeated; throws `slack_refused` for a thread whose first message is gone. */
  linkTo(thread: Thread): Promise<string>;
};
