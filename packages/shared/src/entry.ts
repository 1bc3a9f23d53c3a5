// A record in an inbox: what a person said or pressed, as ingress appends it and a runner reads it.
import { z } from 'zod';
import type { SessionKey } from './session.ts';

const common = {
  v: z.literal(1),
  /** Nothing else has a thread to answer in. */
  session: z.custom<SessionKey>((value) => typeof value === 'string' && /^[A-Z0-9]+:[A-Z0-9]+:\d+\.\d+$/.test(value)),
  /** Slack user id of who wrote or pressed. */
  author: z.string(),
  /** When ingress took it, milliseconds since the epoch. */
  at: z.number(),
};

/** As Slack describes it. Without an address Slack has to be asked for one, by its id. */
export const attachedFileSchema = z.object({
  name: z.string(),
  id: z.string().optional(),
  mimetype: z.string().optional(),
  /** Bytes. */
  size: z.number().optional(),
  url: z.string().optional(),
});

const promptSchema = z.object({
  ...common,
  type: z.literal('prompt'),
  /** The message's own timestamp; reactions and read-back go by it. */
  ts: z.string(),
  /** As Slack sent it, still encoded: the runner decodes. */
  text: z.string(),
  fileNames: z.array(z.string()),
  /** The same files. An entry of an earlier version has their names alone, and such a version reads nothing else. */
  files: z.array(attachedFileSchema).optional(),
});
const stopSchema = z.object({ ...common, type: z.literal('stop') });
/** Nobody pressed it: a launcher that has a credential says that what was kept for want of one may run. */
const runKeptSchema = z.object({
  ...common,
  type: z.literal('run_kept'),
  /** The one that had no credential: what was said to it is for nobody else. */
  agent: z.string(),
});
const editSchema = z.object({ ...common, type: z.literal('edit'), target: z.string(), text: z.string() });
const deleteSchema = z.object({ ...common, type: z.literal('delete'), target: z.string() });

/** `target` is the identity of the stop whose held prompts are chosen about, `message` the Slack ts of what was pressed on. */
const choice = { ...common, target: z.string(), message: z.string() };
const runNowSchema = z.object({ ...choice, type: z.literal('run_now') });
const discardSchema = z.object({ ...choice, type: z.literal('discard') });

/** `target` is the id of what an agent asked; a number is the place of the choice that was pressed, a text was written, and is no more encoded. */
const decisionSchema = z.object({
  ...choice,
  type: z.literal('decision'),
  chosen: z.union([z.enum(['allow', 'always', 'deny']), z.int().nonnegative(), z.object({ text: z.string() })]),
});
/** `target` are the commits of the turn whose work is meant, as `before..after`. */
const pullRequestSchema = z.object({ ...choice, type: z.literal('open_pull_request') });
const diffSchema = z.object({ ...choice, type: z.literal('show_diff') });

/** `target` is the identity of the prompt that an edit or a delete speaks of. */
const payloadSchema = z.discriminatedUnion('type', [
  promptSchema,
  stopSchema,
  runKeptSchema,
  editSchema,
  deleteSchema,
  runNowSchema,
  discardSchema,
  decisionSchema,
  pullRequestSchema,
  diffSchema,
]);

export type EntryPayload = z.infer<typeof payloadSchema>;
export type AttachedFile = z.infer<typeof attachedFileSchema>;
export type PromptPayload = z.infer<typeof promptSchema>;
export type ControlPayload = Exclude<EntryPayload, PromptPayload>;

/** An entry is known by its id in the stream and by its identity, which Slack's redeliveries share. */
export type EntryRef = { readonly id: string; readonly identity: string };

/** `unreadable`: written by another version of Runnel; it is dead-lettered, never guessed at. */
export type Entry = EntryRef & {
  readonly payload: EntryPayload | { readonly type: 'unreadable'; readonly raw: string };
};

export function encodePayload(payload: EntryPayload): string {
  return JSON.stringify(payload);
}

export function decodePayload(raw: string): Entry['payload'] {
  try {
    return payloadSchema.parse(JSON.parse(raw));
  } catch {
    return { type: 'unreadable', raw };
  }
}
