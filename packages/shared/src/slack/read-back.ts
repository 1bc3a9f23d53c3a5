// Looks whether a reply stands in its thread already: by the delivery id that every post carries.
import type { ConversationsRepliesResponse, WebClient } from '@slack/web-api';
import type { Thread } from '../session.ts';
import { callPatiently } from './call-patiently.ts';
import { SlackCallError } from './slack-error.ts';

/** The event type of our message metadata; `delivery_id`, `kind` and `part` (from 0) are its payload. */
export const REPLY_EVENT = 'runnel_reply';

export type ReadBack = {
  readonly thread: Thread;
  readonly deliveryId: string;
  /** Slack ts from which on to look. */
  readonly since: string;
  /** Gives up then (ms, `performance.now()` clock). */
  readonly until: number;
};

/** The ts of every part that is there, by part. Undefined when the thread could not be read. */
export async function readBack(client: WebClient, wanted: ReadBack): Promise<Map<number, string> | undefined> {
  const found = new Map<number, string>();
  let cursor: string | undefined;
  try {
    do {
      const page = await callPatiently(() => readPage(client, wanted, cursor), wanted.until);
      for (const message of page.messages ?? []) {
        const part = partOf(message, wanted.deliveryId);
        if (part !== undefined && message.ts !== undefined && !found.has(part)) found.set(part, message.ts);
      }
      cursor = page.response_metadata?.next_cursor;
    } while (cursor !== undefined && cursor !== '');
    return found;
  } catch (error) {
    // A thread that is not there holds no reply.
    if (error instanceof SlackCallError && error.reason === 'thread_not_found') return new Map();
    return undefined;
  }
}

function readPage(
  client: WebClient,
  { thread, since }: ReadBack,
  cursor: string | undefined,
): Promise<ConversationsRepliesResponse> {
  return client.conversations.replies({
    channel: thread.channel,
    ts: thread.threadTs,
    oldest: since,
    inclusive: true,
    include_all_metadata: true,
    limit: 200,
    ...(cursor === undefined || cursor === '' ? {} : { cursor }),
  });
}

type Message = NonNullable<ConversationsRepliesResponse['messages']>[number];

function partOf({ metadata }: Message, deliveryId: string): number | undefined {
  // The client's types know only the payload of one of Slack's own events.
  const payload: Record<string, unknown> = { ...metadata?.event_payload };
  if (metadata?.event_type !== REPLY_EVENT || payload['delivery_id'] !== deliveryId) return undefined;
  return typeof payload['part'] === 'number' ? payload['part'] : undefined;
}
