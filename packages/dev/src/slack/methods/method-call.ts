// A call of a method as its handler sees it, and the one way in which a handler says no.
import type { BlockRules } from '../block-rules.ts';
import type { CallArguments } from '../call-arguments.ts';
import type { FileUploads } from '../file-uploads.ts';
import type { SlackShaping } from '../shape-slack-message.ts';
import type { WorkspaceChannel, WorkspaceMessage } from '../workspace-objects.ts';

export type MethodCall = {
  args: CallArguments;
  blockRules: BlockRules;
  shaping: SlackShaping;
  uploads: FileUploads;
  /** The address of a socket that nobody has opened yet. */
  issueSocketUrl(): string;
};

export type MethodHandlers = Record<string, (call: MethodCall) => object>;

/** `ok: false` with this error. With `faults` the caller broke a rule of Slack's, which is loud. */
export class SlackRefusal extends Error {
  readonly faults: string[];

  constructor(error: string, faults: string[] = []) {
    super(error);
    this.faults = faults;
  }
}

export function findChannel({ args, shaping }: MethodCall, argument = 'channel'): WorkspaceChannel {
  const id = args.text(argument);
  const channel = shaping.workspace.channels().find((candidate) => candidate.id === id);
  if (channel === undefined) throw new SlackRefusal('channel_not_found');
  return channel;
}

/** A message that people and apps can still see, by channel and `ts`. */
export function findMessage(
  { shaping }: MethodCall,
  target: { channel: string; ts: string },
): WorkspaceMessage | undefined {
  const message = shaping.workspace.message(target);
  return message === undefined || message.deleted || message.ephemeralTo !== undefined ? undefined : message;
}

/** The root of the thread that a `thread_ts` means: a deleted root still holds the replies it has. */
export function findThread({ shaping }: MethodCall, channel: string, threadTs: string): string | undefined {
  const message = shaping.workspace.message({ channel, ts: threadTs });
  if (message === undefined || message.ephemeralTo !== undefined) return undefined;
  const root = message.threadTs ?? message.ts;
  return message.deleted && shaping.workspace.replies(channel, root).length === 0 ? undefined : root;
}
