// The edge: the parts of Slack's payloads that Runnel reads, whatever else they carry.
// Shapes: docs.slack.dev/reference/events (message, app_mention, agent_session_stopped) and /interactivity (block_actions).
import { z } from 'zod';

// An id ends up in keys, so it is nothing but an id, at most three times as long as any of Slack's.
const id = z.string().regex(/^[A-Z0-9]{1,40}$/);
const ts = z.string().regex(/^\d{1,20}\.\d{1,20}$/);
/** It becomes an identity, and so a part of a key. */
const eventId = z.string().regex(/^[\w:.-]{1,100}$/);

const fileSchema = z.object({
  name: z.string().nullish(),
  // What else is said of a file is only there to fetch it by: it does not cost the message.
  id: id.optional().catch(undefined),
  mimetype: z.string().max(255).optional().catch(undefined),
  size: z.number().nonnegative().optional().catch(undefined),
  url_private: z.string().max(1_000).optional().catch(undefined),
});

const messageSchema = z.object({
  subtype: z.string().nullish(),
  ts,
  thread_ts: ts.nullish(),
  user: id.nullish(),
  bot_id: z.string().nullish(),
  app_id: z.string().nullish(),
  text: z.string().nullish(),
  files: z.array(fileSchema).nullish(),
  edited: z.object({ user: id.nullish() }).nullish(),
  user_team: id.nullish(),
  source_team: id.nullish(),
  team: id.nullish(),
});
const channelPart = { channel: id, channel_type: z.string().nullish() };

const plainSchema = messageSchema.extend({ type: z.enum(['message', 'app_mention']), ...channelPart });
const changedSchema = z.object({
  type: z.literal('message'),
  subtype: z.literal('message_changed'),
  ...channelPart,
  message: messageSchema,
  previous_message: messageSchema.nullish(),
});
const deletedSchema = z.object({
  type: z.literal('message'),
  subtype: z.literal('message_deleted'),
  ...channelPart,
  deleted_ts: ts,
  previous_message: messageSchema.nullish(),
});
const stoppedSchema = z.object({ type: z.literal('agent_session_stopped'), channel: id, thread_ts: ts, user: id });

const eventCallbackSchema = z.object({
  type: z.literal('event_callback'),
  team_id: id,
  event_id: eventId,
  is_ext_shared_channel: z.boolean().nullish(),
  event: z.looseObject({ type: z.string(), subtype: z.string().nullish() }),
});

const blockActionsSchema = z.object({
  type: z.literal('block_actions'),
  user: z.object({ id, team_id: id.nullish() }),
  team: z.object({ id }),
  channel: z.object({ id }),
  container: z.object({ message_ts: ts, thread_ts: ts.nullish() }),
  message: z.object({ thread_ts: ts.nullish() }).nullish(),
  actions: z.array(
    z.object({
      action_id: z.string(),
      block_id: z.string().max(255).nullish(),
      action_ts: ts,
      // Of a line to write in it is what was written, which may be as long as a message.
      value: z.string().max(40_000).nullish(),
    }),
  ),
});

/** Alone of all payloads it has no type: docs.slack.dev/interactivity/implementing-slash-commands. */
const commandSchema = z.object({
  type: z.undefined().optional(),
  command: z.string().regex(/^\/[\w-]{1,31}$/),
  text: z.string().nullish(),
  team_id: id,
  channel_id: id,
  user_id: id,
  trigger_id: eventId,
});

export type SlackMessagePart = z.infer<typeof messageSchema>;
export type SlackEventPart =
  | { readonly kind: 'posted'; readonly event: z.infer<typeof plainSchema> }
  | { readonly kind: 'changed'; readonly event: z.infer<typeof changedSchema> }
  | { readonly kind: 'deleted'; readonly event: z.infer<typeof deletedSchema> }
  | { readonly kind: 'stopped'; readonly event: z.infer<typeof stoppedSchema> };
export type SlackCallback = Omit<z.infer<typeof eventCallbackSchema>, 'event'>;
export type SlackCommandPart = z.infer<typeof commandSchema>;
export type SlackBlockActions = z.infer<typeof blockActionsSchema>;

export type SlackPayload =
  | { readonly kind: 'event'; readonly callback: SlackCallback; readonly part: SlackEventPart }
  | { readonly kind: 'command'; readonly command: SlackCommandPart }
  | { readonly kind: 'actions'; readonly actions: SlackBlockActions }
  | { readonly kind: 'other'; readonly reason: 'other_payload' | 'other_event' };

/** Throws a ZodError for a payload of a kind we read that is not of its shape. */
export function parseSlackPayload(body: unknown): SlackPayload {
  const command = commandSchema.safeParse(body).data;
  if (command !== undefined) return { kind: 'command', command };
  const { type } = z.object({ type: z.string() }).parse(body);
  if (type === 'block_actions') return { kind: 'actions', actions: blockActionsSchema.parse(body) };
  if (type !== 'event_callback') return { kind: 'other', reason: 'other_payload' };
  const { event, ...callback } = eventCallbackSchema.parse(body);
  const part = parseEvent(event);
  return part === undefined ? { kind: 'other', reason: 'other_event' } : { kind: 'event', callback, part };
}

function parseEvent(event: { type: string; subtype?: string | null | undefined }): SlackEventPart | undefined {
  if (event.type === 'agent_session_stopped') return { kind: 'stopped', event: stoppedSchema.parse(event) };
  if (event.type !== 'message' && event.type !== 'app_mention') return undefined;
  if (event.subtype === 'message_changed') return { kind: 'changed', event: changedSchema.parse(event) };
  if (event.subtype === 'message_deleted') return { kind: 'deleted', event: deletedSchema.parse(event) };
  return { kind: 'posted', event: plainSchema.parse(event) };
}
