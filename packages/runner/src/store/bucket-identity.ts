// Who this runner is to Google, asked for before each call. Google's client would ask by itself, but waits for a silent metadata server
// longer than a call may take, and asks for nothing but patience where something is to be done.
import type { Bucket } from '@google-cloud/storage';
import { retryable, RunnelError } from '@runnel/shared';
import { withinTime } from '../within-time.ts';

/** Of the time of a call, a third. What comes later is there for the next one. */
const PATIENCE_MS = 5_000;

const ADVICE =
  'On GKE the metadata server tells it, which components/state-bucket lets runners reach: see docs/gke.md. It may take some seconds after a pod’s start.';

/** Throws `store_unavailable` when nobody says who we are; elsewhere than at Google nobody is asked. */
export async function proveIdentity({ name, storage }: Bucket): Promise<void> {
  if (storage.customEndpoint && storage.useAuthWithCustomEndpoint !== true) return;
  try {
    // Kept by the client for as long as it is valid.
    await withinTime(storage.authClient.getAccessToken(), PATIENCE_MS);
  } catch (error) {
    throw new RunnelError('store_unavailable', `The bucket ${name} cannot be used without an identity. ${ADVICE}`, {
      retry: retryable(1_000),
      cause: error,
    });
  }
}
