// Policy: whom a message is for.
import type { SlackMessage } from './slack/incoming-slack-event.ts';

export type Addressee =
  | 'us'
  /** Ours if we have a part in its thread. */
  | 'thread'
  | 'others';

export function decideAddressee(
  message: Pick<SlackMessage, 'isDirect' | 'isReply' | 'isAside' | 'mentionsBot'>,
): Addressee {
  if (message.isDirect) return 'us';
  if (message.isReply && message.isAside) return 'others';
  if (message.mentionsBot) return 'us';
  return message.isReply ? 'thread' : 'others';
}
