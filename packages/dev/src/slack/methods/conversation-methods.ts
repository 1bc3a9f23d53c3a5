// conversations.*: what was said, and where.
import { shapeSlackMessage } from '../shape-slack-message.ts';
import type { WorkspaceChannel, WorkspaceMessage } from '../workspace-objects.ts';
import { findChannel, SlackRefusal } from './method-call.ts';
import type { MethodCall, MethodHandlers } from './method-call.ts';

export const conversationMethods: MethodHandlers = {
  'conversations.replies': listReplies,
  'conversations.history': listHistory,
  'conversations.info': describeConversation,
  'conversations.open': openConversation,
};

/** Oldest first, the root before all; by the `ts` of a reply only that reply. */
function listReplies(call: MethodCall) {
  const { workspace } = call.shaping;
  const channel = findChannel(call).id;
  const root = workspace
    .messages(channel)
    .find((message) => message.ts === call.args.text('ts') && message.ephemeralTo === undefined);
  if (root === undefined) throw new SlackRefusal('thread_not_found');
  const replies = workspace.replies(channel, root.ts).filter((message) => isWithin(call, message));
  return listPage(call, [root, ...replies], call.args.number('limit') ?? 1000);
}

/** Newest first, without what is only in threads. */
function listHistory(call: MethodCall) {
  const all = call.shaping.workspace.messages(findChannel(call).id).toReversed();
  const shown = all.filter(
    (message) => message.threadTs === undefined && message.ephemeralTo === undefined && isWithin(call, message),
  );
  return {
    ...listPage(call, shown, call.args.number('limit') ?? 100),
    pin_count: 0,
    channel_actions_ts: null,
    channel_actions_count: 0,
  };
}

function listPage(call: MethodCall, messages: WorkspaceMessage[], limit: number) {
  const from = readCursor(call, messages);
  const next = messages[from + limit];
  return {
    ok: true,
    messages: messages
      .slice(from, from + limit)
      .map((message) =>
        shapeSlackMessage(message, call.shaping, { withMetadata: call.args.flag('include_all_metadata') }),
      ),
    has_more: next !== undefined,
    ...(next === undefined
      ? {}
      : { response_metadata: { next_cursor: Buffer.from(`next_ts:${next.ts}`).toString('base64') } }),
  };
}

function readCursor({ args }: MethodCall, messages: WorkspaceMessage[]): number {
  const cursor = args.text('cursor');
  if (cursor === '') return 0;
  const index = messages.findIndex((message) => `next_ts:${message.ts}` === Buffer.from(cursor, 'base64').toString());
  if (index === -1) throw new SlackRefusal('invalid_cursor');
  return index;
}

function isWithin({ args }: MethodCall, message: WorkspaceMessage): boolean {
  const [oldest, latest] = [args.text('oldest') || '0', args.text('latest') || '9999999999.999999'];
  if (args.flag('inclusive') && (message.ts === oldest || message.ts === latest)) return true;
  return Number(message.ts) > Number(oldest) && Number(message.ts) < Number(latest);
}

function describeConversation(call: MethodCall) {
  const channel = findChannel(call);
  const members = call.args.flag('include_num_members') ? { num_members: channel.members.length } : {};
  return {
    ok: true,
    channel: { ...(channel.kind === 'im' ? shapeDirect(channel, call) : shapeChannel(channel, call)), ...members },
  };
}

function openConversation(call: MethodCall) {
  const id = call.args.optionalText('channel');
  const channel = id === undefined ? findDirect(call) : findChannel(call);
  if (!call.args.flag('return_im')) return { ok: true, channel: { id: channel.id } };
  return { ok: true, no_op: true, already_open: true, channel: shapeDirect(channel, call) };
}

function findDirect({ args, shaping }: MethodCall): WorkspaceChannel {
  const users = args.text('users');
  if (users === '') throw new SlackRefusal('users_list_not_supplied');
  const channel = shaping.workspace
    .channels()
    .find((candidate) => candidate.kind === 'im' && candidate.members.includes(users));
  if (channel === undefined) throw new SlackRefusal('user_not_found');
  return channel;
}

function shapeDirect(channel: WorkspaceChannel, { shaping }: MethodCall) {
  const person = channel.members.find((member) => member !== shaping.workspace.bot.userId);
  return {
    id: channel.id,
    created: 1_700_000_000,
    is_im: true,
    is_org_shared: false,
    context_team_id: shaping.workspace.team.id,
    user: person,
    last_read: '0000000000.000000',
    latest: null,
    unread_count: 0,
    unread_count_display: 0,
    is_open: true,
    priority: 0,
  };
}

function shapeChannel(channel: WorkspaceChannel, { shaping }: MethodCall) {
  const team = shaping.workspace.team.id;
  const nothingWritten = { value: '', creator: '', last_set: 0 };
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: true,
    is_group: false,
    is_im: false,
    is_mpim: false,
    is_private: false,
    created: 1_700_000_000,
    is_archived: false,
    is_general: channel.name === 'general',
    is_member: true,
    unlinked: 0,
    is_shared: false,
    is_frozen: false,
    is_org_shared: false,
    is_ext_shared: false,
    is_pending_ext_shared: false,
    pending_shared: [],
    context_team_id: team,
    shared_team_ids: [team],
    pending_connected_team_ids: [],
    parent_conversation: null,
    creator: channel.members[0],
    topic: nothingWritten,
    purpose: nothingWritten,
    previous_names: [],
    updated: 1_700_000_000_000,
  };
}
