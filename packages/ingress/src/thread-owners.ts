// PORT: whose a thread is. It belongs to who started it.
import type { SessionKey } from '@runnel/shared';

export type ThreadOwners = {
  /** Makes the thread this person's unless it is somebody's already. Returns the owner's Slack user id. */
  claim(session: SessionKey, user: string): Promise<string>;
  /** The owner's Slack user id, or undefined for a thread that we have no part in. */
  find(session: SessionKey): Promise<string | undefined>;
};
