// The versions of one person's manifest in a bucket that keeps them: one object, its generations.
import type { Bucket, File } from '@google-cloud/storage';
import { retryable, RunnelError } from '@runnel/shared';
import { codeOf, generationOf, NOT_FOUND, NOT_THAT_GENERATION } from './bucket-objects.ts';
import { manifestSchema, type Manifest, type Revision } from './session-store.ts';

/** The current version and the four before it; of the rest the bucket's own rules decide. */
const KEPT_VERSIONS = 5;

/** How often what was listed may be gone when it is read. */
const ATTEMPTS = 10;

export type ReadVersion = { readonly revision: Revision; readonly manifest: Manifest };

/** Newest first: how many there are, and those that can be read. */
export async function readVersions(
  bucket: Bucket,
  path: string,
): Promise<{ revisions: Revision[]; readable: ReadVersion[] }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const versions = await listVersions(bucket, path);
    const manifests = await Promise.all(versions.map(readVersion));
    // Without versions kept, one that was written over meanwhile is gone.
    if (manifests.includes('gone')) continue;
    const readable = versions.flatMap((version, index) => {
      const manifest = manifests[index];
      return manifest === undefined || manifest === 'gone' ? [] : [{ revision: generationOf(version), manifest }];
    });
    return { revisions: versions.map(generationOf), readable };
  }
  throw new RunnelError('store_unavailable', 'The manifest changes faster than it can be read.', {
    retry: retryable(),
  });
}

async function listVersions(bucket: Bucket, path: string): Promise<File[]> {
  const [files] = await bucket.getFiles({ prefix: path, versions: true });
  return files
    .filter(({ name }) => name === path)
    .toSorted((one, other) => (BigInt(generationOf(other)) > BigInt(generationOf(one)) ? 1 : -1))
    .slice(0, KEPT_VERSIONS);
}

async function readVersion(version: File): Promise<Manifest | 'gone' | undefined> {
  const { name, bucket } = version;
  try {
    const [content] = await bucket.file(name, { generation: generationOf(version) }).download();
    return manifestSchema.safeParse(JSON.parse(content.toString('utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    if (codeOf(error) === NOT_FOUND) return 'gone';
    throw error;
  }
}

/** Resolves to the new generation. Throws `store_conflict` unless `over` is the current one; 0 stands for none. */
export async function writeVersion(
  bucket: Bucket,
  path: string,
  { manifest, over }: { manifest: Manifest; over: string },
): Promise<Revision> {
  const file = bucket.file(path);
  try {
    await file.save(JSON.stringify(manifest), {
      resumable: false,
      contentType: 'application/json',
      preconditionOpts: { ifGenerationMatch: over },
    });
  } catch (error) {
    if (codeOf(error) !== NOT_THAT_GENERATION) throw error;
    throw new RunnelError('store_conflict', `Generation ${over} of the manifest is not the current one.`);
  }
  return generationOf(file);
}
