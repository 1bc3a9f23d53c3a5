// chat.*: what the app says.
import type {
  ChatDeleteResponse,
  ChatGetPermalinkResponse,
  ChatPostEphemeralResponse,
  ChatPostMessageResponse,
  ChatUpdateResponse,
} from '@slack/web-api';
import { readMessageContent } from '../read-message-content.ts';
import { shapeSlackMessage } from '../shape-slack-message.ts';
import type { WorkspaceMessage } from '../workspace-objects.ts';
import { findChannel, findMessage, findThread, SlackRefusal } from './method-call.ts';
import type { MethodCall, MethodHandlers } from './method-call.ts';

const MAX_UPDATED_TEXT = 4_000;

export const chatMethods: MethodHandlers = {
  'chat.postMessage': postMessage,
  'chat.update': updateMessage,
  'chat.delete': deleteMessage,
  'chat.postEphemeral': postEphemeral,
  'chat.getPermalink': getPermalink,
};

function postMessage(call: MethodCall) {
  const channel = findRecipient(call);
  const { wasTruncated, ...content } = readMessageContent(call);
  const message = call.shaping.workspace.post({ channel, ...content, ...readThread(call, channel) });
  return {
    ok: true,
    channel,
    ts: message.ts,
    message: shapeSlackMessage(message, call.shaping, { withMetadata: true }),
    ...(wasTruncated ? { warning: 'message_truncated' } : {}),
  } satisfies ChatPostMessageResponse;
}

/** What is left out stays as it was, but for blocks: a new text without blocks is a message without blocks. */
function updateMessage(call: MethodCall) {
  const message = findOwnMessage(call, 'cant_update_message');
  const { wasTruncated: _, metadata, ...content } = readMessageContent(call);
  if (content.text.length > MAX_UPDATED_TEXT) throw new SlackRefusal('msg_too_long');
  const updated = call.shaping.workspace.update(message, {
    ...content,
    ...(metadata === undefined ? {} : { metadata }),
  });
  const { channel, ts, text } = updated;
  return {
    ok: true,
    channel,
    ts,
    text,
    message: shapeSlackMessage(updated, call.shaping, { withMetadata: true }),
  } satisfies ChatUpdateResponse;
}

function deleteMessage(call: MethodCall) {
  const message = findOwnMessage(call, 'cant_delete_message');
  call.shaping.workspace.remove(message);
  return { ok: true, channel: message.channel, ts: message.ts } satisfies ChatDeleteResponse;
}

function postEphemeral(call: MethodCall) {
  const channel = findChannel(call);
  const user = call.args.text('user');
  if (!channel.members.includes(user)) throw new SlackRefusal('user_not_in_channel');
  const { wasTruncated: _, ...content } = readMessageContent(call);
  const message = call.shaping.workspace.post({
    channel: channel.id,
    ...content,
    ...readThread(call, channel.id),
    ephemeralTo: user,
  });
  return { ok: true, message_ts: message.ts } satisfies ChatPostEphemeralResponse;
}

function getPermalink(call: MethodCall) {
  const channel = findChannel(call).id;
  const message = findMessage(call, { channel, ts: call.args.text('message_ts') });
  if (message === undefined) throw new SlackRefusal('message_not_found');
  const thread = message.threadTs === undefined ? '' : `?thread_ts=${message.threadTs}&cid=${channel}`;
  const permalink = `https://${call.shaping.workspace.team.domain}.slack.com/archives/${channel}/p${message.ts.replace('.', '')}${thread}`;
  return { ok: true, channel, permalink } satisfies ChatGetPermalinkResponse;
}

/** A person's id stands for the direct messages with them. */
function findRecipient(call: MethodCall): string {
  const user = call.args.text('channel');
  const direct = call.shaping.workspace
    .channels()
    .find((channel) => channel.kind === 'im' && channel.members.includes(user));
  return direct?.id ?? findChannel(call).id;
}

function readThread(call: MethodCall, channel: string): { threadTs?: string } {
  const given = call.args.optionalText('thread_ts');
  if (given === undefined) return {};
  const threadTs = findThread(call, channel, given);
  if (threadTs === undefined) throw new SlackRefusal('thread_not_found');
  return { threadTs };
}

function findOwnMessage(call: MethodCall, notOwned: string): WorkspaceMessage {
  const message = findMessage(call, { channel: findChannel(call).id, ts: call.args.text('ts') });
  if (message === undefined) throw new SlackRefusal('message_not_found');
  if (message.user !== call.shaping.workspace.bot.userId) throw new SlackRefusal(notOwned);
  return message;
}
