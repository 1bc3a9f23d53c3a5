// PORT: what survives a pod. A small manifest written under a precondition, and immutable archives by digest.
import { attachedFileSchema, type SessionKey, type UserKey } from '@runnel/shared';
import { z } from 'zod';

const coveredSchema = z.object({
  /** The entry that is answered by this, never to be run again. */
  identity: z.string(),
  /** Covered entries answered by one and the same message share it. */
  deliveryId: z.string(),
  reply: z.string(),
  /** Reading the thread back for the reply starts at this Slack ts. */
  since: z.string(),
  /** Milliseconds since the epoch; kept at least as long as `seen`. */
  at: z.number(),
  /** Set when the entry became a dead letter: the cause. */
  dead: z.string().optional(),
  /** Slack ts of the live card that is to go once the reply stands. */
  card: z.string().optional(),
  /** The commits that the buttons below the reply speak of. */
  range: z.string().optional(),
});

const heldPromptSchema = z.object({
  /** Of the message: edits and deletes name it. */
  identity: z.string(),
  ts: z.string(),
  author: z.string(),
  /** As Slack sent it, or as the last edit left it. */
  text: z.string(),
  fileNames: z.array(z.string()),
  files: z.array(attachedFileSchema).optional(),
  /** What its turn could not do without: the next message of the thread has it run again, before itself. */
  lacks: z.literal('credential').exactOptional(),
});

/** Prompts that wait for a person: acknowledged, and run only when that person says so. */
const heldSchema = z.object({
  /** Identity of the stop that holds them, or of the entry whose turn had no credential: only its buttons speak of them. */
  by: z.string(),
  /** Of the tries of the entry that revives them, those that were others' than the first one's. */
  triesBefore: z.number(),
  prompts: z.array(heldPromptSchema),
});

const askSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('permission'),
    title: z.string(),
    detail: z.string().exactOptional(),
    /** A digest of what it does. An earlier version of Runnel kept none: what it asked is the same as nothing. */
    does: z.string().default(''),
  }),
  z.object({ kind: z.literal('question'), text: z.string(), choices: z.array(z.string()) }),
]);

/** What a person was asked in the middle of a turn. */
const askedSchema = z.object({
  id: z.string(),
  ask: askSchema,
  /** The prompt whose turn it was. */
  prompt: heldPromptSchema,
  /** Slack ts of the card. */
  message: z.string(),
  /** Milliseconds since the epoch. */
  at: z.number(),
  /** The turn is over and its prompt acknowledged: the decision takes a turn. Else the turn waits for it, or its runner is gone. */
  isParked: z.boolean(),
});

const fileSchema = z.object({ digest: z.string(), bytes: z.number() });
/** `base` is the whole archive that this one is a layer on. */
const archiveSchema = fileSchema.extend({ base: fileSchema.exactOptional() });

/** Where the session's work goes: what no agent can change. */
const workSchema = z.object({
  /** The forge's id of the repository, and its name when the thread began. */
  repository: z.string(),
  name: z.string(),
  branch: z.string(),
  /** The branch that it began at, and that a pull request is asked of, where that is not the default one. */
  baseBranch: z.string().optional(),
  /** The commit that the branch began at, and the one that was last spoken of. */
  base: z.string(),
  head: z.string(),
  /** What was asked for, one line each, oldest first; and the last answer. For a pull request. */
  titles: z.array(z.string()),
  summary: z.string(),
});

/** What a person wants, of a thread or of those that they begin. A model is one agent's, a branch one repository's. */
const chosenSchema = z.object({
  agent: z.string().optional(),
  model: z.object({ of: z.string(), name: z.string() }).optional(),
  repository: z.string().optional(),
  branch: z.string().optional(),
});

const sessionSchema = z.object({
  provider: z.string(),
  chosen: chosenSchema.optional(),
  /** The first line of its first message. Threads that were begun before there were titles have none. */
  title: z.string().optional(),
  work: workSchema.optional(),
  archive: archiveSchema.optional(),
  /** Identity of the prompt in the middle of whose turn the archive was made. */
  underWay: z.string().optional(),
  covered: z.array(coveredSchema),
  held: heldSchema.optional(),
  asked: z.array(askedSchema).optional(),
  /** The message by which its person wants to be forgotten: confirmed, and not done yet. The same once it is done. */
  forgetting: z.string().optional(),
  forgotten: z.string().optional(),
  updatedAt: z.number(),
});

export const manifestSchema = z.object({
  v: z.literal(1),
  /** Who wrote it: generation and owner of the lease, and how many writes of that runner this is. */
  writer: z.object({ generation: z.string(), owner: z.string(), write: z.number() }),
  chosen: chosenSchema.optional(),
  sessions: z.record(
    z.custom<SessionKey>((key) => typeof key === 'string'),
    sessionSchema,
  ),
});

export type Chosen = z.infer<typeof chosenSchema>;
export type Covered = z.infer<typeof coveredSchema>;
export type HeldPrompt = z.infer<typeof heldPromptSchema>;
export type Held = z.infer<typeof heldSchema>;
export type HeldChange = (held: Held | undefined) => Held | undefined;
export type Asked = z.infer<typeof askedSchema>;
export type AskedChange = (asked: readonly Asked[]) => Asked[];
export type WorkRecord = z.infer<typeof workSchema>;
export type ArchiveRef = z.infer<typeof archiveSchema>;
export type SessionRecord = z.infer<typeof sessionSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

/** `revision` is the store's own number of an object's version (GCS: generation), opaque to us; `none` before the first write. */
export type Revision = string;
export const noRevision: Revision = 'none';

/**
 * The newest manifest that can be read, and the revision to write over, which is the newest of all. `unreadable` counts
 * the versions that were passed over for being damaged; where nothing is left, the manifest is an empty one.
 */
export type ReadManifest = { readonly manifest: Manifest; readonly revision: Revision; readonly unreadable: number };

export type SessionStore = {
  readManifest(user: UserKey): Promise<ReadManifest | undefined>;
  /** Writes only over that very revision; throws `store_conflict` otherwise, `store_unavailable` when it cannot tell. */
  writeManifest(user: UserKey, manifest: Manifest, over: Revision): Promise<Revision>;
  /** Earlier manifests, newest first, without the current one. */
  earlierManifests(user: UserKey): Promise<Manifest[]>;
  /**
   * Removes all that is kept of a person but that version of the manifest and the archives that it names: every other archive, and what
   * earlier versions say. Throws `store_conflict` unless that is the newest one; what somebody puts there meanwhile stays.
   */
  forgetAllBut(user: UserKey, revision: Revision): Promise<void>;
  /** Keeps a file under its SHA-256; one that is there already is not written again. */
  putArchive(at: { user: UserKey; session: SessionKey }, file: string): Promise<ArchiveRef>;
  /** Fetches into `file` and verifies; throws `store_corrupt` when missing or different. */
  getArchive(at: { user: UserKey; session: SessionKey; archive: ArchiveRef }, file: string): Promise<void>;
};
