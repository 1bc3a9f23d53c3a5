// Envelopes as Slack sends them, made from its own types, and what becomes of them when anything may be wrong.
import { hostileText, mutated } from '@runnel/shared/testing';
import type {
  AgentSessionStoppedEvent,
  AppMentionEvent,
  FileShareMessageEvent,
  GenericMessageEvent,
  MessageChangedEvent,
  MessageDeletedEvent,
} from '@slack/types';
import fc from 'fast-check';
import { BOT } from '../ingress/start-ingress.ts';

const TEAM = 'T0LOCAL';

const user = fc.constantFrom('U0ADA', 'U0ADA', 'U0ADA', 'U0BEN', 'USLACKBOT', BOT);
const channel = fc.constantFrom('D0ADA', 'D0ADA', 'D0BEN', 'C0GENERAL', 'C0ELSEWHERE');
const channelType = fc.constantFrom('im', 'channel', 'group', 'mpim');
/** Few, so that replies, edits and stops meet what they speak of. */
const ts = fc.integer({ min: 1, max: 40 }).map((n) => `17664580${String(n).padStart(2, '0')}.000100`);
const text = fc.oneof(
  fc.constantFrom(
    'echo hello',
    'stop',
    '!stop',
    'aside: no',
    `<@${BOT}> echo hello`,
    `<@U0BEN> you`,
    `<@${BOT}|`.repeat(50),
  ),
  hostileText,
);

const generic: fc.Arbitrary<GenericMessageEvent> = fc.record(
  {
    type: fc.constant('message' as const),
    subtype: fc.constant(undefined),
    event_ts: ts,
    ts,
    thread_ts: ts,
    team: fc.constantFrom(TEAM, 'T0OTHER'),
    channel,
    channel_type: channelType,
    user,
    text,
    client_msg_id: fc.uuid(),
    edited: fc.record({ user, ts }),
    assistant_thread: fc.dictionary(hostileText, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }),
  },
  { requiredKeys: ['type', 'subtype', 'event_ts', 'ts', 'channel', 'channel_type', 'user'] },
);
const mention: fc.Arbitrary<AppMentionEvent> = fc.record(
  {
    type: fc.constant('app_mention' as const),
    user,
    text: text.map((said) => `<@${BOT}> ${said}`),
    ts,
    event_ts: ts,
    thread_ts: ts,
    channel,
    user_team: fc.constantFrom(TEAM, 'T0OTHER'),
  },
  { requiredKeys: ['type', 'text', 'ts', 'event_ts', 'channel'] },
);
const shared: fc.Arbitrary<Omit<FileShareMessageEvent, 'files'>> = fc.record({
  type: fc.constant('message' as const),
  subtype: fc.constant('file_share' as const),
  text,
  user,
  ts,
  event_ts: ts,
  channel,
  channel_type: channelType,
  files: fc.array(fc.record({ id: fc.constant('F0'), name: fc.option(hostileText) }), { maxLength: 3 }),
});
const hidden = { hidden: fc.constant(true as const), channel, channel_type: channelType, ts, event_ts: ts };
const changed: fc.Arbitrary<MessageChangedEvent> = fc.record({
  ...hidden,
  type: fc.constant('message' as const),
  subtype: fc.constant('message_changed' as const),
  message: generic,
  previous_message: generic,
});
const deleted: fc.Arbitrary<MessageDeletedEvent> = fc.record({
  ...hidden,
  type: fc.constant('message' as const),
  subtype: fc.constant('message_deleted' as const),
  deleted_ts: ts,
  previous_message: generic,
});
const stopped: fc.Arbitrary<AgentSessionStoppedEvent> = fc.record({
  type: fc.constant('agent_session_stopped' as const),
  channel,
  user,
  thread_ts: ts,
  streaming_message_ts: fc.array(ts, { maxLength: 2 }),
  event_ts: ts,
});
/** Names that Slack's client uses for events of its own; and events that we did not ask for. */
const unasked = fc.record({
  type: fc.oneof(
    fc.constantFrom('disconnected', 'leaving', 'error', 'close', 'ws_message', 'slack_event', 'connected', 'hello'),
    fc.constantFrom('disconnect', 'reaction_added', 'app_home_opened', '__proto__', 'constructor', ''),
  ),
  user,
  channel,
});

const callback = fc.record({
  token: fc.constant('t'),
  team_id: fc.constant(TEAM),
  api_app_id: fc.constant('A0RUNNEL'),
  type: fc.constant('event_callback'),
  event_id: fc.stringMatching(/^Ev0[A-Z0-9]{8}$/),
  event_time: fc.nat(),
  is_ext_shared_channel: fc.boolean(),
  event: fc.oneof(
    { weight: 4, arbitrary: generic },
    { weight: 2, arbitrary: fc.oneof(mention, shared, changed, deleted, stopped) },
    { weight: 1, arbitrary: unasked },
  ),
});
const blockActions = fc.record(
  {
    type: fc.constant('block_actions'),
    user: fc.record({ id: user, team_id: fc.constant(TEAM) }),
    team: fc.record({ id: fc.constant(TEAM) }),
    channel: fc.record({ id: channel }),
    container: fc.record({ type: fc.constant('message'), message_ts: ts, channel_id: channel, thread_ts: ts }),
    message: fc.record({ ts, thread_ts: ts }),
    actions: fc.array(
      fc.record({ action_id: fc.constantFrom('stop', 'other'), block_id: hostileText, action_ts: ts }),
      {
        maxLength: 2,
      },
    ),
    trigger_id: fc.string(),
  },
  { requiredKeys: ['type', 'user', 'team', 'channel', 'container', 'actions'] },
);
const slashCommand = fc.record({
  command: fc.constant('/runnel'),
  text,
  team_id: fc.constant(TEAM),
  channel_id: channel,
  user_id: user,
  trigger_id: fc.oneof({ weight: 3, arbitrary: fc.uuid() }, { weight: 1, arbitrary: fc.string() }),
});

const marks = {
  accepts_response_payload: fc.boolean(),
  retry_attempt: fc.nat({ max: 3 }),
  retry_reason: fc.constant(''),
};
const envelope = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('events_api'), payload: callback, ...marks }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('interactive'), payload: blockActions, ...marks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('slash_commands'), payload: slashCommand, ...marks }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom('slack_event', 'ws_message', 'close', 'error'), payload: callback }),
  },
);

/** What comes down a socket: an envelope with anything wrong in it, or no envelope at all. `id`: what must be acknowledged. */
export type Frame = { readonly text: string; readonly id: string | undefined };

export const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.oneof(envelope, mutated(envelope)), fc.uuid()).map(([sent, id]) => frameOf(sent, id)),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(hostileText, fc.constant('['.repeat(50_000))).map((raw) => ({ text: raw, id: undefined })),
  },
);

/** Slack's own words to the client, which are no envelopes. */
const NO_ENVELOPES: readonly unknown[] = ['hello', 'disconnect'];

function frameOf(sent: unknown, id: string): Frame {
  const isEnvelope = typeof sent === 'object' && sent !== null && !Array.isArray(sent);
  if (!isEnvelope || ('type' in sent && NO_ENVELOPES.includes(sent.type))) {
    return { text: JSON.stringify(isEnvelope ? [] : sent), id: undefined };
  }
  return { text: JSON.stringify({ ...sent, envelope_id: id }), id };
}
