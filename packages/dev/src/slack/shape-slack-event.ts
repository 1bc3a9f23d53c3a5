// What happened in the workspace, as the events and interactions that Slack sends an app about it.
// The app is subscribed to message.im, message.channels, app_mention and agent_session_stopped, and is in every channel.
import { randomUUID } from 'node:crypto';
import type { AgentSessionStoppedEvent, AppMentionEvent, MessageChangedEvent, MessageDeletedEvent } from '@slack/types';
import { encodeSlackText } from './encode-slack-text.ts';
import { shapeSlackMessage, shapeTombstone } from './shape-slack-message.ts';
import type { SlackShaping } from './shape-slack-message.ts';
import type { WorkspaceMessage, WorkspacePush } from './workspace-objects.ts';

export type SlackPayload = { type: 'events_api' | 'interactive' | 'slash_commands'; payload: Record<string, unknown> };
type PushOf<Type extends WorkspacePush['type']> = WorkspacePush & { type: Type };
// Slack's own types give a message within an event the keys of an event; on the wire it has none of them.
type Outer<Event> = Omit<Event, 'message' | 'previous_message'> & { message?: object; previous_message: object };

export function shapeSlackEvents(push: WorkspacePush, shaping: SlackShaping): SlackPayload[] {
  switch (push.type) {
    case 'posted':
      return shapePosted(push, shaping).map((event) => shapeEventCallback(event, shaping));
    case 'edited':
      return [shapeEventCallback(shapeEdited(push, shaping), shaping)];
    case 'deleted':
      return [shapeEventCallback(shapeDeleted(push, shaping), shaping)];
    case 'stopped':
      return [shapeEventCallback(shapeStopped(push), shaping)];
    case 'pressed':
      return [{ type: 'interactive', payload: shapeBlockActions(push, shaping) }];
    case 'commanded':
      return [{ type: 'slash_commands', payload: shapeCommand(push, shaping) }];
  }
}

/** A mention in a channel is told twice, as two events about one message; in a DM there is nobody else to mention. */
function shapePosted({ message }: PushOf<'posted'>, shaping: SlackShaping): object[] {
  const { bot } = shaping.workspace;
  const shaped = shapeSlackMessage(message, shaping);
  const where = { channel: message.channel, event_ts: message.ts };
  const kind = channelType(message, shaping);
  const shared = message.files !== undefined && message.user !== bot.userId ? { subtype: 'file_share' } : {};
  const told = { ...shaped, ...shared, ...where, channel_type: kind };
  if (kind === 'im' || message.user === bot.userId || !message.text.includes(`<@${bot.userId}>`)) return [told];
  const mention = { ...shaped, ...where, type: 'app_mention' } satisfies Omit<AppMentionEvent, 'blocks' | 'files'>;
  return [mention, told];
}

function shapeEdited({ message, previous, at }: PushOf<'edited'>, shaping: SlackShaping): object {
  return {
    type: 'message',
    subtype: 'message_changed',
    message: shapeSlackMessage(message, shaping),
    previous_message: shapeSlackMessage(previous, shaping),
    ...hidden(message, at, shaping),
  } satisfies Outer<MessageChangedEvent>;
}

/** A root with replies is not gone but changed to a tombstone: github.com/openclaw/openclaw/pull/22035. */
function shapeDeleted({ message, at }: PushOf<'deleted'>, shaping: SlackShaping): object {
  const previous = { previous_message: shapeSlackMessage(message, shaping), ...hidden(message, at, shaping) };
  if (shaping.workspace.replies(message.channel, message.ts).length > 0) {
    return {
      type: 'message',
      subtype: 'message_changed',
      message: shapeTombstone(message, shaping),
      ...previous,
    } satisfies Outer<MessageChangedEvent>;
  }
  return {
    type: 'message',
    subtype: 'message_deleted',
    deleted_ts: message.ts,
    ...previous,
  } satisfies Outer<MessageDeletedEvent>;
}

function hidden(message: WorkspaceMessage, at: string, shaping: SlackShaping) {
  return {
    hidden: true,
    channel: message.channel,
    ts: at,
    event_ts: at,
    channel_type: channelType(message, shaping),
  } as const;
}

function shapeStopped({ user, channel, threadTs, at }: PushOf<'stopped'>): object {
  return {
    type: 'agent_session_stopped',
    channel,
    user,
    thread_ts: threadTs,
    streaming_message_ts: [],
    event_ts: at,
  } satisfies AgentSessionStoppedEvent;
}

function shapeEventCallback(event: object, { workspace }: SlackShaping): SlackPayload {
  const { team, bot } = workspace;
  const payload = {
    token: 'stand-in-verification-token',
    team_id: team.id,
    context_team_id: team.id,
    context_enterprise_id: null,
    api_app_id: bot.appId,
    event,
    type: 'event_callback',
    event_id: `Ev0${randomUUID().replaceAll('-', '').slice(0, 10).toUpperCase()}`,
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: team.id, user_id: bot.userId, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
  };
  return { type: 'events_api', payload };
}

function shapeBlockActions(
  { user, message, action, at }: PushOf<'pressed'>,
  shaping: SlackShaping,
): Record<string, unknown> {
  const { workspace } = shaping;
  const { team, bot } = workspace;
  const person = workspace.users().find((candidate) => candidate.id === user);
  const channel = workspace.channels().find((candidate) => candidate.id === message.channel);
  const isEphemeral = message.ephemeralTo !== undefined;
  const thread = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  return {
    type: 'block_actions',
    user: { id: user, username: person?.name, name: person?.name, team_id: team.id },
    api_app_id: bot.appId,
    token: 'stand-in-verification-token',
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: isEphemeral,
      ...thread,
    },
    trigger_id: `${at}.${randomUUID()}`,
    team: { id: team.id, domain: team.domain },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: message.channel, name: channel?.kind === 'im' ? 'directmessage' : channel?.name },
    ...(isEphemeral ? {} : { message: shapeSlackMessage(message, shaping) }),
    state: { values: {} },
    actions: [{ ...action.element, block_id: action.blockId, action_ts: at }],
  };
}

/** Source: docs.slack.dev/interactivity/implementing-slash-commands, "app command payload". */
function shapeCommand(
  { user, channel: id, command, text, at }: PushOf<'commanded'>,
  { workspace, baseUrl }: SlackShaping,
): Record<string, unknown> {
  const { team, bot } = workspace;
  const channel = workspace.channels().find((candidate) => candidate.id === id);
  return {
    token: 'stand-in-verification-token',
    team_id: team.id,
    team_domain: team.domain,
    channel_id: id,
    channel_name: channel?.kind === 'im' ? 'directmessage' : channel?.name,
    user_id: user,
    user_name: workspace.users().find((candidate) => candidate.id === user)?.name,
    command,
    // As the manifest's `should_escape` has it.
    text: encodeSlackText(text, { users: workspace.users(), channels: workspace.channels() }),
    api_app_id: bot.appId,
    is_enterprise_install: 'false',
    response_url: `${baseUrl}commands/${team.id}/${randomUUID()}`,
    trigger_id: `${at}.${randomUUID()}`,
  };
}

function channelType(message: WorkspaceMessage, { workspace }: SlackShaping): 'im' | 'channel' {
  return workspace.channels().find((channel) => channel.id === message.channel)?.kind ?? 'channel';
}
