// PORT: what survives a pod. A small manifest written under a precondition, and immutable archives by digest.
import type { SessionKey, UserKey } from '@runnel/shared';
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
});

const archiveSchema = z.object({ digest: z.string(), bytes: z.number() });

const sessionSchema = z.object({
  provider: z.string(),
  archive: archiveSchema.optional(),
  covered: z.array(coveredSchema),
  updatedAt: z.number(),
});

export const manifestSchema = z.object({
  v: z.literal(1),
  /** Who wrote it: generation and owner of the lease, and how many writes of that runner this is. */
  writer: z.object({ generation: z.string(), owner: z.string(), write: z.number() }),
  sessions: z.record(
    z.custom<SessionKey>((key) => typeof key === 'string'),
    sessionSchema,
  ),
});

export type Covered = z.infer<typeof coveredSchema>;
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
  /** Keeps a file under its SHA-256; one that is there already is not written again. */
  putArchive(at: { user: UserKey; session: SessionKey }, file: string): Promise<ArchiveRef>;
  /** Fetches into `file` and verifies; throws `store_corrupt` when missing or different. */
  getArchive(at: { user: UserKey; session: SessionKey; archive: ArchiveRef }, file: string): Promise<void>;
};
