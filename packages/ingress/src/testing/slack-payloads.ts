// Payloads as Slack sends them, after recorded ones: the parts that matter are arguments, the rest is there to be tolerated.

export const BOT = 'U0RUNNEL';
const APP = { bot_id: 'B0RUNNEL', app_id: 'A0RUNNEL' };

type Fields = Record<string, unknown>;

export function eventCallback(event: Fields, outer: Fields = {}): Fields {
  return {
    token: 'xAbCdEfGhIjKlMnOpQrStUvW',
    team_id: 'T0LOCAL',
    context_team_id: 'T0LOCAL',
    context_enterprise_id: null,
    api_app_id: APP.app_id,
    event,
    type: 'event_callback',
    event_id: 'Ev0A4QA0FC8P',
    event_time: 1_766_458_026,
    authorizations: [
      { enterprise_id: null, team_id: 'T0LOCAL', user_id: BOT, is_bot: true, is_enterprise_install: false },
    ],
    is_ext_shared_channel: false,
    event_context: '4-eyJldCI6Im1lc3NhZ2UifQ',
    ...outer,
  };
}

export function plainMessage(fields: Fields = {}): Fields {
  const { ts = '1766458026.240809' } = fields;
  return {
    type: 'message',
    user: 'U0ADA',
    ts,
    client_msg_id: '66cc9473-12a2-4934-bd57-301917883ae3',
    text: 'echo hello',
    team: 'T0LOCAL',
    blocks: [{ type: 'rich_text', block_id: 'jEztr', elements: [] }],
    channel: 'D0ADA',
    event_ts: ts,
    channel_type: 'im',
    ...fields,
  };
}

export function channelMessage(fields: Fields = {}): Fields {
  return plainMessage({ channel: 'C0GENERAL', channel_type: 'channel', ...fields });
}

/** The other event about a message that mentions the bot; it has neither subtype nor type of channel. */
export function appMention(fields: Fields = {}): Fields {
  const { channel_type: _, ...message } = channelMessage({ text: `<@${BOT}> echo hello`, ...fields });
  return { ...message, type: 'app_mention' };
}

export function messageChanged(message: Fields, previous: Fields, outer: Fields = {}): Fields {
  const { channel, channel_type, event_ts: _, ...inner } = message;
  const { channel: _channel, channel_type: _type, event_ts: _ts, ...before } = previous;
  return {
    type: 'message',
    subtype: 'message_changed',
    message: { source_team: 'T0LOCAL', user_team: 'T0LOCAL', ...inner },
    previous_message: before,
    channel,
    channel_type,
    hidden: true,
    ts: '1766458033.001300',
    event_ts: '1766458033.001300',
    ...outer,
  };
}

/** An edit by the author, as against what Slack changes by itself. */
export function edited(message: Fields, text: string): Fields {
  return messageChanged({ ...message, text, edited: { user: message['user'], ts: '1766458033.000000' } }, message);
}

export function messageDeleted(message: Fields): Fields {
  const { channel, channel_type, event_ts: _, ...previous } = message;
  return {
    type: 'message',
    subtype: 'message_deleted',
    previous_message: previous,
    deleted_ts: message['ts'],
    channel,
    channel_type,
    hidden: true,
    ts: '1766458034.001400',
    event_ts: '1766458034.001400',
  };
}

export function sessionStopped(fields: Fields = {}): Fields {
  return {
    type: 'agent_session_stopped',
    user: 'U0ADA',
    channel: 'D0ADA',
    thread_ts: '1766458026.240809',
    message_ts: '1766458030.693923',
    event_ts: '1766458031.783769',
    team_id: 'T0LOCAL',
    ...fields,
  };
}

export function blockActions(actionId: string, fields: Fields = {}): Fields {
  return {
    type: 'block_actions',
    user: { id: 'U0ADA', username: 'ada', name: 'ada', team_id: 'T0LOCAL' },
    api_app_id: APP.app_id,
    token: 'xAbCdEfGhIjKlMnOpQrStUvW',
    container: {
      type: 'message',
      message_ts: '1766458030.632339',
      channel_id: 'C0GENERAL',
      is_ephemeral: false,
      thread_ts: '1766458026.240809',
    },
    trigger_id: '10188.3121.9d2c',
    team: { id: 'T0LOCAL', domain: 'local' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: 'C0GENERAL', name: 'general' },
    message: {
      user: BOT,
      type: 'message',
      ts: '1766458030.632339',
      thread_ts: '1766458026.240809',
      ...APP,
      text: 'Working',
    },
    state: { values: {} },
    response_url: 'https://hooks.slack.com/actions/T0LOCAL/1/2',
    actions: [
      {
        action_id: actionId,
        block_id: 'Vh6',
        type: 'button',
        text: { type: 'plain_text', text: 'Stop' },
        value: 'x',
        action_ts: '1766458040.123456',
      },
    ],
    ...fields,
  };
}

/** The one payload without a type. */
export function slashCommand(text: string, fields: Fields = {}): Fields {
  return {
    token: 'xAbCdEfGhIjKlMnOpQrStUvW',
    team_id: 'T0LOCAL',
    team_domain: 'local',
    channel_id: 'C0GENERAL',
    channel_name: 'general',
    user_id: 'U0ADA',
    user_name: 'ada',
    command: '/runnel',
    text,
    api_app_id: APP.app_id,
    is_enterprise_install: 'false',
    response_url: 'https://hooks.slack.com/commands/T0LOCAL/1/2',
    trigger_id: '13345224609.738474920.8088930838d88f008e0',
    ...fields,
  };
}

export function fromApp(message: Fields): Fields {
  return { ...message, user: BOT, ...APP };
}
