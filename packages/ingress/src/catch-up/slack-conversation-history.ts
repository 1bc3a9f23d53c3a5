// ADAPTER: a conversation's history from Slack's Web API, a few pages of it.
import { callPatiently } from '@runnel/shared/slack';
import type { ConversationsHistoryResponse, ConversationsRepliesResponse, WebClient } from '@slack/web-api';
import type { ConversationHistory, SaidMessage } from './conversation-history.ts';

/** More than a person writes while nobody listens. */
const MOST_PAGES = 5;
const PAGE = 200;

type Page = ConversationsRepliesResponse | ConversationsHistoryResponse;
type Read = (cursor: { cursor?: string }) => Promise<Page>;

/** `team` is the workspace the app is installed in. */
export function slackConversationHistory(client: WebClient, team: string): ConversationHistory {
  const { conversations } = client;
  const shape = (channel: string, pages: readonly Page[]): SaidMessage[] =>
    pages.flatMap(({ messages = [] }) => messages.flatMap((message) => shapeSaid(message, { team, channel })));
  return {
    async thread({ channel, threadTs }, { after, until }) {
      const asked = { channel, ts: threadTs, oldest: after, limit: PAGE };
      return shape(channel, await readPages((cursor) => conversations.replies({ ...asked, ...cursor }), until));
    },
    async channel(channel, { after, until }) {
      const asked = { channel, oldest: after, limit: PAGE };
      return shape(channel, await readPages((cursor) => conversations.history({ ...asked, ...cursor }), until));
    },
  };
}

async function readPages(read: Read, until: number): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await callPatiently(() => read(from), until);
    pages.push(page);
    cursor = page.response_metadata?.next_cursor;
  } while (cursor !== undefined && cursor !== '' && pages.length < MOST_PAGES);
  return pages;
}

type Message = NonNullable<Page['messages']>[number];

/** A history leaves out what its reader has asked for: where it was said. */
function shapeSaid(message: Message, { team, channel }: { team: string; channel: string }): SaidMessage[] {
  if (message.ts === undefined) return [];
  const event = { ...message, type: 'message', channel };
  const body = { type: 'event_callback', team_id: team, event_id: `history:${channel}:${message.ts}`, event };
  return [{ ts: message.ts, hasReplies: (message.reply_count ?? 0) > 0, body }];
}
