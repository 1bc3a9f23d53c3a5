// The versions of one person's manifest, each a file of its own. The next one is made with `link`, which fails where it
// exists already: so the precondition holds across processes, without a lock that a crash could leave behind.
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnelError } from '@runnel/shared';
import { syncFolder, writeDurably } from './folder-writing.ts';
import { type Manifest, manifestSchema } from './session-store.ts';

/** The current version and the four before it. */
const KEPT_VERSIONS = 5;
/** How long the number of a version that is not kept stays taken. */
const TAKEN_MS = 3_600_000;

export type Version = { readonly revision: number; readonly file: string };
export type ReadVersion = { readonly version: Version; readonly manifest: Manifest };

/** Newest first; empty for a person without a manifest. */
async function listVersions(folder: string): Promise<Version[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const versions = names.flatMap((name) => {
    const [, digits] = /^manifest\.(\d+)\.json$/.exec(name) ?? [];
    return digits === undefined ? [] : [{ revision: Number(digits), file: join(folder, name) }];
  });
  return versions.toSorted((one, other) => other.revision - one.revision);
}

/** The kept versions, and those of them that can be read: torn or edited ones are passed over. */
export async function readVersions(folder: string): Promise<{ versions: Version[]; readable: ReadVersion[] }> {
  for (;;) {
    const versions = (await listVersions(folder)).slice(0, KEPT_VERSIONS);
    const manifests = await Promise.all(versions.map(readVersion));
    const readable = versions.flatMap((version, index) => {
      const manifest = manifests[index];
      return manifest === undefined ? [] : [{ version, manifest }];
    });
    if (readable.length === versions.length) return { versions, readable };
    // Perhaps it was pruned while we read; then every other answer is out of date, too.
    const [newest] = await listVersions(folder);
    if (newest?.revision === versions[0]?.revision) return { versions, readable };
  }
}

async function readVersion({ file }: Version): Promise<Manifest | undefined> {
  try {
    return manifestSchema.safeParse(JSON.parse(await readFile(file, 'utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError || isMissing(error)) return undefined;
    throw error;
  }
}

/** Resolves to the new version's number. Throws `store_conflict` unless `over` is the newest one. */
export async function addVersion(folder: string, manifest: Manifest, over: number): Promise<number> {
  const lookedAt = Date.now();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const [newest] = await listVersions(folder);
  if ((newest?.revision ?? 0) !== over) throw conflict(over);
  const temporary = join(folder, `.${randomUUID()}.tmp`);
  try {
    await writeDurably(temporary, JSON.stringify(manifest));
    await publishVersion(folder, { temporary, revision: over + 1, lookedAt });
  } finally {
    await rm(temporary, { force: true });
  }
  return over + 1;
}

type NewVersion = {
  /** A written file in the same folder. */
  readonly temporary: string;
  readonly revision: number;
  /** When the revision before it was seen to be the newest, in milliseconds since the epoch. */
  readonly lookedAt: number;
};

/** Gives a written file its number, unless that is or was taken. */
export async function publishVersion(folder: string, { temporary, revision, lookedAt }: NewVersion): Promise<void> {
  try {
    await link(temporary, join(folder, `manifest.${revision}.json`));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw conflict(revision - 1);
    throw error;
  }
  await syncFolder(folder);
  if (Date.now() - lookedAt < TAKEN_MS / 2) return;
  // Whoever was paused for so long may have found a number free again that others had used.
  const [newest] = await listVersions(folder);
  if (newest?.revision !== revision) throw conflict(revision - 1);
}

/**
 * Of all but the kept versions only the number stays, as an empty file, so that nobody who looked a while ago takes it
 * again; then that goes, too. `now` in milliseconds since the epoch.
 */
export async function pruneVersions(folder: string, now: number): Promise<void> {
  for (const { file } of (await listVersions(folder)).slice(KEPT_VERSIONS)) {
    const { size, mtimeMs } = await stat(file);
    if (size > 0) await truncate(file);
    else if (mtimeMs < now - TAKEN_MS) await rm(file, { force: true });
  }
}

/** Of all others than that version, which has to be the newest one, nothing but the number is left. */
export async function emptyOtherVersions(folder: string, revision: number): Promise<Manifest> {
  const [newest, ...others] = await listVersions(folder);
  const manifest = newest?.revision === revision ? await readVersion(newest) : undefined;
  if (manifest === undefined) throw conflict(revision);
  const nothing: Manifest = { v: 1, writer: manifest.writer, sessions: {} };
  for (const { file } of others) {
    const temporary = join(folder, `.${randomUUID()}.tmp`);
    await writeDurably(temporary, JSON.stringify(nothing));
    await rename(temporary, file);
  }
  await syncFolder(folder);
  return manifest;
}

function conflict(over: number): RunnelError {
  return new RunnelError('store_conflict', `Version ${over} of the manifest is not the newest one.`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
