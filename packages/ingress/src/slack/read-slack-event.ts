// Stage: a Slack payload becomes a message, an edit, a delete, a stop, a press, a command, or nothing for us. Pure.
import { messageIdentity, replyActions, type AttachedFile } from '@runnel/shared';
import { STOP_ACTION_ID } from '@runnel/shared/slack';
import { readWord } from '../words/read-word.ts';
import {
  type IgnoredReason,
  type IgnoredSlackEvent,
  type IncomingSlackEvent,
  type SlackCommand,
  type SlackMessage,
  type SlackOrigin,
} from './incoming-slack-event.ts';
import {
  parseSlackPayload,
  type SlackBlockActions,
  type SlackCallback,
  type SlackCommandPart,
  type SlackEventPart,
  type SlackMessagePart,
} from './parse-slack-payload.ts';

/** Subtypes of what people write; everything else is Slack talking about a channel. */
const WRITTEN = new Set(['', 'file_share', 'thread_broadcast']);

/** More than a runner reads, so that it can name some of the others. */
const MOST_FILES = 20;
const LONGEST_NAME = 255;
/** As long as a message can be. */
const LONGEST_COMMAND = 40_000;

/** `botUser` is the Slack user id of the app's bot. Never throws: what has not the shape it should have is `unreadable`. */
export function readSlackEvent(body: unknown, botUser: string): IncomingSlackEvent {
  try {
    const payload = parseSlackPayload(body);
    if (payload.kind === 'other') return ignored(payload.reason);
    if (payload.kind === 'command') return readCommand(payload.command);
    return payload.kind === 'actions'
      ? readActions(payload.actions)
      : readEvent(payload.callback, payload.part, botUser);
  } catch {
    return ignored('unreadable');
  }
}

function readEvent(callback: SlackCallback, part: SlackEventPart, botUser: string): IncomingSlackEvent {
  switch (part.kind) {
    case 'posted':
      return readMessage(part.event, { callback, ...part.event }, botUser);
    case 'changed':
      return readChanged(part.event, callback, botUser);
    case 'deleted':
      return readDeleted(part.event.deleted_ts, part.event.previous_message, { callback, ...part.event, botUser });
    case 'stopped': {
      const { channel, thread_ts, user } = part.event;
      const origin = originAt({ callback, channel }, { ts: thread_ts, thread_ts }, user);
      return { kind: 'stop', identity: callback.event_id, ...origin };
    }
  }
}

type Place = {
  readonly callback: SlackCallback;
  readonly channel: string;
  readonly channel_type?: string | null | undefined;
  readonly type?: string;
};

function readMessage(message: SlackMessagePart, place: Place, botUser: string): SlackMessage | IgnoredSlackEvent {
  if (isFromBot(message, botUser)) return ignored('from_bot');
  if (!WRITTEN.has(message.subtype ?? '')) return ignored('other_subtype');
  if (message.user === null || message.user === undefined) return ignored('other_subtype');
  const raw = (message.text ?? '').trim();
  const ours = `<@${botUser}(\\|[^<>]*)?>`;
  const text = raw.replace(new RegExp(`^(${ours}[\\s,:]*)+`), '');
  return {
    kind: 'message',
    ...originAt(place, message, message.user),
    identity: messageIdentity(place.callback.team_id, place.channel, message.ts),
    ts: message.ts,
    text,
    files: readFiles(message.files ?? []),
    isReply: typeof message.thread_ts === 'string' && message.thread_ts !== message.ts,
    mentionsBot: place.type === 'app_mention' || new RegExp(ours).test(raw),
    // Looked for before our own mention is taken off: whoever begins with that means us.
    isAside: /^aside\b/i.test(raw) || (/^<@[A-Z0-9]+(\|[^<>]*)?>/.test(raw) && text === raw),
    isStop: isStop(text),
    word: readWord(text),
  };
}

/** Bounded, since they go into an inbox. */
function readFiles(files: NonNullable<SlackMessagePart['files']>): AttachedFile[] {
  return files.slice(0, MOST_FILES).map(({ name, id, mimetype, size, url_private: url }) => {
    return { name: (name ?? 'file').slice(0, LONGEST_NAME), id, mimetype, size, url };
  });
}

/** Slack shows links and adds reactions to bots' cards as changes too: only another text by its own author is an edit. */
function readChanged(
  event: Extract<SlackEventPart, { kind: 'changed' }>['event'],
  callback: SlackCallback,
  botUser: string,
): IncomingSlackEvent {
  const { message, previous_message: previous } = event;
  // A root with replies that is deleted stays as a tombstone.
  if (message.subtype === 'tombstone') return readDeleted(message.ts, previous, { callback, ...event, botUser });
  const read = readMessage(message, { callback, ...event }, botUser);
  if (read.kind === 'ignored') return read;
  const isOwn = message.edited?.user === message.user;
  if (!isOwn || (message.text ?? '') === (previous?.text ?? undefined)) return ignored('no_change');
  return { kind: 'edit', identity: callback.event_id, message: read };
}

function readDeleted(
  deletedTs: string,
  previous: SlackMessagePart | null | undefined,
  place: Place & { readonly botUser: string },
): IncomingSlackEvent {
  if (previous === null || previous === undefined) return ignored('other_subtype');
  if (isFromBot(previous, place.botUser)) return ignored('from_bot');
  if (previous.user === null || previous.user === undefined) return ignored('other_subtype');
  return {
    kind: 'delete',
    identity: place.callback.event_id,
    target: messageIdentity(place.callback.team_id, place.channel, deletedTs),
    ...originAt(place, previous, previous.user),
  };
}

function readActions(actions: SlackBlockActions): IncomingSlackEvent {
  for (const { action_id: pressed, action_ts: at, block_id: block, value } of actions.actions) {
    const press = { identity: `${pressed}:${actions.container.message_ts}:${at}`, ...pressedAt(actions) };
    if (pressed === STOP_ACTION_ID) return { kind: 'stop', ...press };
    const action = replyActions.find((known) => known === pressed.split('.', 1)[0]);
    if (action === undefined || typeof value !== 'string') continue;
    const message = actions.container.message_ts;
    if (action !== 'answer') return { kind: 'press', action, value, message, ...press };
    // A line to write in has no value but what was written: what it is about is the name of its block.
    const text = value.trim();
    if (text === '' || typeof block !== 'string') continue;
    return { kind: 'press', action, value: block, text, message, ...press };
  }
  return ignored('other_action');
}

function readCommand({
  command,
  text,
  team_id: team,
  channel_id: channel,
  user_id: author,
  trigger_id: trigger,
}: SlackCommandPart): SlackCommand {
  const isDirect = channel.startsWith('D');
  const origin = { team, author, authorTeam: team, thread: { channel }, isDirect, isShared: false };
  const said = (text ?? '').trim().slice(0, LONGEST_COMMAND);
  return { kind: 'command', identity: `command:${trigger}`, ...origin, command, text: said, isStop: isStop(said) };
}

function isStop(text: string): boolean {
  return /^!?stop$/i.test(text);
}

function pressedAt({ container, channel, message, team, user }: SlackBlockActions): SlackOrigin {
  const threadTs = container.thread_ts ?? message?.thread_ts ?? container.message_ts;
  return {
    team: team.id,
    author: user.id,
    authorTeam: user.team_id ?? team.id,
    thread: { channel: channel.id, threadTs },
    isDirect: channel.id.startsWith('D'),
    // Slack does not say so here, and only the owner of a thread can press anything.
    isShared: false,
  };
}

type Stamp = Pick<SlackMessagePart, 'ts' | 'thread_ts' | 'user_team' | 'source_team' | 'team'>;

function originAt(place: Place, message: Stamp, author: string): SlackOrigin {
  const { callback, channel } = place;
  return {
    team: callback.team_id,
    author,
    authorTeam: message.user_team ?? message.source_team ?? message.team ?? callback.team_id,
    thread: { channel, threadTs: message.thread_ts ?? message.ts },
    // `app_mention` does not name the type of its channel.
    isDirect: place.channel_type === 'im' || channel.startsWith('D'),
    isShared: callback.is_ext_shared_channel === true,
  };
}

function isFromBot(message: SlackMessagePart, botUser: string): boolean {
  const isApp =
    typeof message.bot_id === 'string' || typeof message.app_id === 'string' || message.subtype === 'bot_message';
  return isApp || [botUser, 'USLACKBOT', 'USLACK'].includes(message.user ?? '');
}

function ignored(reason: IgnoredReason): IgnoredSlackEvent {
  return { kind: 'ignored', reason };
}
