// The objects of one bucket, as the session store asks for them, and what the answers of Google's client mean.
import { IdempotencyStrategy, Storage, type Bucket, type File } from '@google-cloud/storage';
import { retryable, RunnelError } from '@runnel/shared';
import { proveIdentity } from './bucket-identity.ts';

const GOOGLE_API_URL = 'https://storage.googleapis.com';

export type BucketOptions = {
  readonly bucket: string;
  /** Elsewhere than at Google nobody is asked who we are, unless that is wanted. */
  readonly apiUrl: string;
  readonly isIdentityWanted?: boolean;
};

/** Repeated in here; whoever called has less patience, and reads again what became of it. */
const PATIENCE_SECONDS = 30;
const ATTEMPTS = 5;

export function openBucket({ bucket, apiUrl, isIdentityWanted = apiUrl === GOOGLE_API_URL }: BucketOptions): Bucket {
  const storage = new Storage({
    apiEndpoint: apiUrl,
    useAuthWithCustomEndpoint: isIdentityWanted,
    // No call here names one. Otherwise the client would look for it, with a shell and with questions to the metadata server.
    projectId: 'none',
    retryOptions: {
      autoRetry: true,
      maxRetries: ATTEMPTS,
      maxRetryDelay: 4,
      totalTimeout: PATIENCE_SECONDS,
      // Every write of ours names the generation that it is over, so a repetition cannot go over another one's.
      idempotencyStrategy: IdempotencyStrategy.RetryConditional,
    },
  });
  return storage.bucket(bucket);
}

/** The generation that a file stands for, as the precondition of the write over it. */
export function generationOf({ metadata }: Pick<File, 'metadata'>): string {
  return String(metadata.generation ?? '');
}

/** HTTP's number. Errors of resumable uploads are no `Error`s, but have it too. */
export function codeOf(error: unknown): number {
  const code = typeof error === 'object' && error !== null && 'code' in error ? Number(error.code) : 0;
  return Number.isNaN(code) ? 0 : code;
}

export const NOT_FOUND = 404;
export const NOT_THAT_GENERATION = 412;

/** For good, in a bucket that keeps generations too, and unless it was touched since it was listed. */
export async function removeGeneration(bucket: Bucket, { name, metadata }: File): Promise<void> {
  // Without its generation a file that was listed is only made an earlier one of its name.
  const listed = bucket.file(name, { generation: String(metadata.generation) });
  try {
    await listed.delete({ ifMetagenerationMatch: metadata.metageneration ?? 0 });
  } catch (error) {
    if (![NOT_FOUND, NOT_THAT_GENERATION].includes(codeOf(error))) throw error;
  }
}

/** What is no answer may pass: a burst of 503, an identity that is still being made known. */
export async function orUnavailable<T>(bucket: Bucket, work: () => Promise<T>): Promise<T> {
  try {
    await proveIdentity(bucket);
    return await work();
  } catch (error) {
    if (error instanceof RunnelError) throw error;
    throw new RunnelError('store_unavailable', `The bucket ${bucket.name} cannot be used: ${reasonOf(error)}`, {
      retry: retryable(1_000),
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (codeOf(error) === NOT_FOUND) return 'there is none of that name.';
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
