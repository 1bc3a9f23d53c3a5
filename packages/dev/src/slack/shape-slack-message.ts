// A message as Slack's API and events carry it, from a message as the workspace keeps it.
import { createHash } from 'node:crypto';
import { shapeRichText } from './shape-rich-text.ts';
import type { StoredFile, WorkspaceMessage } from './workspace-objects.ts';
import type { Workspace } from './workspace.ts';

/** `baseUrl` is where the stand-in answers: files are fetched from it, never from Slack. */
export type SlackShaping = { workspace: Workspace; baseUrl: string };

export function shapeSlackMessage(
  message: WorkspaceMessage,
  shaping: SlackShaping,
  options: { withMetadata?: boolean } = {},
) {
  if (message.deleted) return shapeTombstone(message, shaping);
  const { workspace } = shaping;
  return {
    type: 'message' as const,
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: workspace.team.id,
    ...(message.user === workspace.bot.userId ? shapeAppPart(message, workspace) : shapePersonPart(message)),
    ...shapeThreadPart(message, workspace),
    ...(message.edited === undefined ? {} : { edited: { user: message.user, ts: message.edited.ts } }),
    ...(message.files === undefined
      ? {}
      : { files: shapeFiles(message, shaping), upload: false, display_as_bot: false }),
    ...(message.reactions.length === 0
      ? {}
      : { reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })) }),
    ...(options.withMetadata === true && message.metadata !== undefined ? { metadata: message.metadata } : {}),
  };
}

/** What stays of a deleted root while its replies live: github.com/slack-edge/slack-edge/pull/10. */
export function shapeTombstone(message: WorkspaceMessage, { workspace }: SlackShaping) {
  return {
    type: 'message' as const,
    subtype: 'tombstone' as const,
    text: 'This message was deleted.',
    user: 'USLACKBOT',
    hidden: true,
    ts: message.ts,
    ...shapeThreadPart(message, workspace),
    parent_user_id: 'USLACKBOT',
  };
}

function shapeAppPart(message: WorkspaceMessage, { bot, team }: Workspace) {
  return {
    bot_id: bot.botId,
    app_id: bot.appId,
    bot_profile: {
      id: bot.botId,
      app_id: bot.appId,
      user_id: bot.userId,
      name: bot.name,
      deleted: false,
      updated: 0,
      team_id: team.id,
      icons: {},
    },
    ...(message.blocks === undefined ? {} : { blocks: message.blocks as object[] }),
  };
}

function shapePersonPart(message: WorkspaceMessage) {
  const digest = createHash('sha1').update(`${message.channel} ${message.ts}`).digest('hex');
  const id = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ].join('-');
  return { client_msg_id: id, blocks: [shapeRichText(message.text)] };
}

function shapeThreadPart(message: WorkspaceMessage, workspace: Workspace) {
  if (message.threadTs !== undefined) {
    const root = workspace.message({ channel: message.channel, ts: message.threadTs });
    return { thread_ts: message.threadTs, parent_user_id: root?.user ?? message.user };
  }
  const replies = workspace.replies(message.channel, message.ts);
  const users = [...new Set(replies.map((reply) => reply.user))];
  const latest = replies.at(-1);
  if (latest === undefined) return {};
  return {
    thread_ts: message.ts,
    reply_count: replies.length,
    reply_users_count: users.length,
    latest_reply: latest.ts,
    reply_users: users,
    is_locked: false,
    subscribed: false,
  };
}

function shapeFiles(message: WorkspaceMessage, shaping: SlackShaping) {
  return (message.files ?? []).flatMap(({ id }) => {
    const file = shaping.workspace.file(id);
    return file === undefined ? [] : [shapeSlackFile(file, shaping)];
  });
}

export function shapeSlackFile(file: StoredFile, { workspace, baseUrl }: SlackShaping) {
  const address = `${baseUrl}files-pri/${workspace.team.id}-${file.id}`;
  const created = Math.floor(file.createdAt / 1000);
  const extension = file.name.includes('.') ? (file.name.split('.').at(-1) ?? 'text') : 'text';
  return {
    id: file.id,
    created,
    timestamp: created,
    name: file.name,
    title: file.name,
    mimetype: file.mimetype,
    filetype: extension,
    pretty_type: extension,
    user: file.user,
    user_team: workspace.team.id,
    editable: false,
    size: file.size,
    mode: 'hosted' as const,
    is_external: false,
    external_type: '',
    is_public: false,
    public_url_shared: false,
    display_as_bot: false,
    username: '',
    url_private: `${address}/${encodeURIComponent(file.name)}`,
    url_private_download: `${address}/download/${encodeURIComponent(file.name)}`,
    permalink: `https://${workspace.team.domain}.slack.com/files/${file.user}/${file.id}`,
    is_starred: false,
    has_rich_preview: false,
    file_access: 'visible',
    channels: [],
    groups: [],
  };
}
