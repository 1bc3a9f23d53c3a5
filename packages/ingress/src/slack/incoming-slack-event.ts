// What a Slack payload means to us, once read: the words that the stages after `read-slack-event.ts` share.
import type { AttachedFile, ReplyAction, Thread } from '@runnel/shared';

/** Who did something, and where. All ids are Slack's. */
export type SlackOrigin = {
  /** The workspace the app is installed in; keys and identities go by it. */
  readonly team: string;
  readonly author: string;
  /** Differs from `team` for a guest of a channel that is shared with another workspace. */
  readonly authorTeam: string;
  readonly thread: Thread;
  readonly isDirect: boolean;
  /** A channel shared with another workspace. */
  readonly isShared: boolean;
};

/** `ms`: for how long; 0 takes it back. */
export type Word = { readonly name: 'help' | 'status' } | { readonly name: 'stay'; readonly ms: number };

export type SlackMessage = SlackOrigin & {
  readonly kind: 'message';
  /** `team:channel:ts`, the same for `message` and `app_mention`. */
  readonly identity: string;
  readonly ts: string;
  /** Still encoded, without the mention of the bot that it may begin with. */
  readonly text: string;
  readonly files: readonly AttachedFile[];
  readonly isReply: boolean;
  readonly mentionsBot: boolean;
  /** Its first word mentions somebody else, or is `aside`. */
  readonly isAside: boolean;
  /** Its whole text is `stop` or `!stop`. */
  readonly isStop: boolean;
  /** Its whole text is a word that ingress answers itself, with or without a `!`. */
  readonly word: Word | undefined;
};

export type SlackEdit = { readonly kind: 'edit'; readonly identity: string; readonly message: SlackMessage };
export type SlackDelete = SlackOrigin & { readonly kind: 'delete'; readonly identity: string; readonly target: string };
/** Pressed: Slack's own Stop, or a button of ours. */
export type SlackStop = SlackOrigin & { readonly kind: 'stop'; readonly identity: string };
/** A button of ours under something that was said. */
export type SlackPress = SlackOrigin & {
  readonly kind: 'press';
  readonly identity: string;
  readonly action: ReplyAction;
  /** What the button was given to bring along. */
  readonly value: string;
  /** What was written, where it is a line to write in; as it was written. */
  readonly text?: string;
  /** Slack ts of the message it stands under. */
  readonly message: string;
};

/** Slack has no slash commands in threads, and does not say which channels are shared: its answer is for its author alone. */
export type SlackCommand = Omit<SlackOrigin, 'thread'> & {
  readonly kind: 'command';
  /** The same however often it is delivered. */
  readonly identity: string;
  readonly thread: Pick<Thread, 'channel'>;
  /** With its slash. */
  readonly command: string;
  /** Still encoded, as a message's. */
  readonly text: string;
  /** Its whole text is `stop` or `!stop`. */
  readonly isStop: boolean;
};

export type IgnoredReason =
  | 'unreadable'
  | 'other_payload'
  | 'other_event'
  | 'other_subtype'
  | 'other_action'
  | 'from_bot'
  | 'no_change';
export type IgnoredSlackEvent = { readonly kind: 'ignored'; readonly reason: IgnoredReason };

export type SlackRequest = SlackMessage | SlackEdit | SlackDelete | SlackStop | SlackPress;
export type IncomingSlackEvent = SlackRequest | SlackCommand | IgnoredSlackEvent;

/** Who asked, and where. */
export function originOf(request: SlackRequest): SlackOrigin {
  return request.kind === 'edit' ? request.message : request;
}
